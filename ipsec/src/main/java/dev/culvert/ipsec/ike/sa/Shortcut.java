package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import java.time.Instant;
import java.util.HexFormat;

/**
 * What makes a tunnel a shortcut: it leads to one whom the peer of another tunnel, its {@link
 * Vpn#group}, has told us of. Confined to the engine.
 */
public final class Shortcut {
  /** A shortcut is each of these for a while, in this order; the second may be left out. */
  public enum State {
    /** It is to come up. */
    AWAITED,
    UP,
    /** Its pairs only receive, until nothing can be on its way any more. */
    ENDED
  }

  public final Octets identifier;

  /** Where the partner was seen, and who it is for operators. */
  public final Endpoint remote;

  public final String partner;

  /** We may begin it, beside the partner perhaps. */
  public final boolean begins;

  public State state = State.AWAITED;

  /** Its secret is good: an IKE SA may come. */
  public boolean open = true;

  /** When it carried more than little last. */
  public Instant busyAt;

  /** When its packets were counted last. */
  public Instant countedAt;

  public Shortcut(Octets identifier, Endpoint remote, String partner, boolean begins, Instant now) {
    this.identifier = identifier;
    this.remote = remote;
    this.partner = partner;
    this.begins = begins;
    this.busyAt = now;
    this.countedAt = now;
  }

  /** By which it is known among those of the same tunnel. */
  String key() {
    return "shortcut " + HexFormat.of().formatHex(identifier.toByteArray());
  }
}
