package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Octets;
import java.util.List;

/** One proposal of an SA payload (RFC 7296 §3.3.1). */
public record Proposal(int number, int protocol, Octets spi, List<Transform> transforms) {
  public static final int PROTOCOL_IKE = 1;
  public static final int PROTOCOL_ESP = 3;

  public Proposal {
    transforms = List.copyOf(transforms);
  }

  /** Its transforms of one type, in the order offered. */
  public List<Transform> ofType(int type) {
    return transforms.stream().filter(t -> t.type() == type).toList();
  }
}
