package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.Route;
import org.jspecify.annotations.Nullable;

/** One accepted route of one peer, after import policy. Attributes are interned. */
public final class Path {
  private final PathSource source;
  private final PathAttributes attributes;
  private final long preference;
  private final long tag;
  private final TrackedNextHop nextHop;
  private @Nullable Route published;

  public Path(
      PathSource source,
      PathAttributes attributes,
      long preference,
      long tag,
      TrackedNextHop nextHop) {
    this.source = source;
    this.attributes = attributes;
    this.preference = preference;
    this.tag = tag;
    this.nextHop = nextHop;
  }

  public PathSource source() {
    return source;
  }

  public PathAttributes attributes() {
    return attributes;
  }

  long preference() {
    return preference;
  }

  /** That an import policy gave it, 0 if none. */
  long tag() {
    return tag;
  }

  public TrackedNextHop nextHop() {
    return nextHop;
  }

  long localPreference() {
    Long value = attributes.localPreference();
    return value == null ? 0 : value;
  }

  /** RFC 4456 §9: the originator's identifier stands for that of the peer that reflected. */
  RouterId originatorId() {
    RouterId originator = attributes.originatorId();
    return originator == null ? source.peerId() : originator;
  }

  /** What the routing table was told, or null while the path is not offered. */
  @Nullable Route published() {
    return published;
  }

  void published(@Nullable Route route) {
    published = route;
  }
}
