package dev.culvert.rip;

import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.time.Instant;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A router that is heard on an interface. Confined to the routing thread. */
final class Peer {
  final IpAddress address;

  /** RFC 4822 §2.2: what is lower is a repetition. */
  long leastSequence;

  /** As whom BFD watches it. */
  @Nullable LivenessTarget watched;

  /** BFD has lost it: until then, or until BFD finds it again, its routes are not taken. */
  Instant distrustedUntil = Instant.MIN;

  /** What it offers at present. */
  final TreeSet<IpPrefix> offers = new TreeSet<>();

  Peer(IpAddress address) {
    this.address = address;
  }
}
