package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.rib.RouteDetail;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shares {@link RouteDetail.Bgp} between routes that differ only in their prefix. */
final class DetailCache {
  /** Routes with the same attributes arrive together, so a few recent ones serve nearly all. */
  private static final int MAX_ENTRIES = 4096;

  private record Key(
      PathAttributes attributes, PathSource source, long tag, @Nullable DecisionStep lostAt) {}

  private final Map<Key, RouteDetail.Bgp> recent = new LinkedHashMap<>();

  RouteDetail.Bgp of(Path path, @Nullable DecisionStep lostAt) {
    Key key = new Key(path.attributes(), path.source(), path.tag(), lostAt);
    RouteDetail.Bgp known = recent.get(key);
    if (known == null) {
      known = detail(path.attributes(), path.source(), path.tag(), lostAt);
      if (recent.size() == MAX_ENTRIES) {
        recent.clear();
      }
      recent.put(key, known);
    }
    return known;
  }

  static RouteDetail.Bgp detail(
      PathAttributes attributes, PathSource source, long tag, @Nullable DecisionStep lostAt) {
    Long localPreference = attributes.localPreference();
    var nextHop = attributes.nextHop();
    return new RouteDetail.Bgp(
        localPreference == null ? 0 : localPreference,
        attributes.med(),
        attributes.asPath(),
        attributes.origin(),
        attributes.communities(),
        source.peer(),
        source.peerId(),
        source.peerAs(),
        source.external(),
        nextHop == null ? source.peer() : nextHop,
        tag,
        lostAt == null ? null : lostAt.junosName());
  }
}
