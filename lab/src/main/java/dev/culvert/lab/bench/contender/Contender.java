package dev.culvert.lab.bench.contender;

import java.util.Optional;

/** A way to get packets from one LAN to the other: a VPN, or none. */
public interface Contender {
  /** Plain forwarding by the kernel: what the machine can do at all. */
  String NONE = "none";

  /** What others are compared with. */
  String STRONGSWAN = "strongswan";

  /** The reference gateway in C with static keys: about what user space can do at all. */
  String C_BOUND = "c-bound";

  /** The same by one system call a packet and direction, without segmentation offload. */
  String C_BOUND_PLAIN = "c-bound-plain";

  /** Culvert as the targets name it: AES-128-GCM in UDP. */
  String CULVERT = "culvert-aes128";

  /** The word for it on the command line and in files. */
  String name();

  /** What it is, for a table. */
  String title();

  /** The program's own word for its version, if it can be had. */
  Optional<String> version();

  /** Why it cannot be measured here, if so: a sentence without subject, "needs …". */
  Optional<String> missing();

  /** Starts both gateways. Packets may take a moment longer to get through. */
  Gateways start(BenchPath path);
}
