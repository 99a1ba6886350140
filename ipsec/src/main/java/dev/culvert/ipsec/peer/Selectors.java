package dev.culvert.ipsec.peer;

import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;
import java.util.stream.Collectors;

/** Traffic selectors for those who write them elsewhere than in the tunnel's own statement. */
final class Selectors {
  private Selectors() {}

  /** What the peer has to let through, as it sees it. */
  static void comments(PeerEnd end, String mark, List<String> out) {
    out.add(mark + "Our tunnel carries these alone, from the peer's side to ours:");
    for (ChildSelectors selectors : end.vpn().selectors()) {
      out.add(mark + "  " + text(selectors.remote()) + " -> " + text(selectors.local()));
    }
  }

  private static String text(List<TrafficSelector> selectors) {
    return selectors.stream()
        .flatMap(s -> SelectorPrefixes.prefixes(s).stream())
        .map(Object::toString)
        .distinct()
        .collect(Collectors.joining(", "));
  }
}
