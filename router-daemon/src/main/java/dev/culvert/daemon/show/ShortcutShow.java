package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code show security ipsec shortcuts}: who has been told of whom, and what came of it. */
public final class ShortcutShow {
  private static final String ROW = "%-8s %-8s %-10s %-10s %-22s %-28s %s";
  private static final String FAILED = "failed";

  private ShortcutShow() {}

  public static Page shortcuts(List<ShortcutView> shortcuts, ShortcutCounts counts, Instant now) {
    Page page = new Page("ipsec-shortcut-information");
    page.line(
        "Suggestions sent: %d, accepted: %d, declined: %d",
        counts.sent(), counts.sentAccepted(), counts.sentDeclined());
    page.line(
        "Suggestions received: %d, accepted: %d, declined: %d (unauthorized: %d, malformed: %d)",
        counts.received(),
        counts.accepted(),
        counts.declined(),
        counts.unauthorized(),
        counts.malformed());
    page.line("Shortcuts established: %d, failed: %d", counts.established(), counts.failed());
    page.leaf("advpn-suggestions-sent", counts.sent())
        .leaf("advpn-suggestions-response-accepted", counts.sentAccepted())
        .leaf("advpn-suggestions-response-declined", counts.sentDeclined())
        .leaf("advpn-suggestions-received", counts.received())
        .leaf("advpn-suggestions-accepted", counts.accepted())
        .leaf("advpn-suggestions-declined", counts.declined())
        .leaf("advpn-shortcuts-established", counts.established())
        .leaf("advpn-shortcuts-failed", counts.failed());
    if (!shortcuts.isEmpty()) {
      page.blank();
      page.line(ROW, "ID", "State", "Age", "Interface", "Remote", "Partner", "Prefixes beyond");
    }
    for (ShortcutView s : shortcuts) {
      String age = Durations.age(Duration.between(s.since(), now));
      page.line(
          ROW,
          s.tunnelId(),
          s.state(),
          age,
          s.bindInterface(),
          s.remote(),
          s.partner(),
          prefixes(s.beyond()));
      if (!s.text().isEmpty()) {
        page.line("         %s", s.text());
      }
      page.element(
          Element.builder("ipsec-shortcut")
              .leaf("sa-tunnel-index", s.tunnelId())
              .leaf("shortcut-state", s.state())
              .leaf("sa-vpn-name", s.vpn())
              .leaf("sa-bind-interface", s.bindInterface().toString())
              .leaf("sa-remote-gateway", s.remote().address().toString())
              .leaf("sa-port", s.remote().port())
              .leaf("shortcut-partner", s.partner())
              .leaf("shortcut-local-prefixes", prefixes(s.local()))
              .leaf("shortcut-remote-prefixes", prefixes(s.beyond()))
              .leaf("shortcut-text", s.text()));
    }
    return page;
  }

  private static String prefixes(List<TrafficSelector> selectors) {
    return selectors.stream()
        .flatMap(selector -> SelectorPrefixes.prefixes(selector).stream())
        .map(Object::toString)
        .collect(Collectors.joining(", "));
  }

  /** Of those VPNs the shortcuts that came to nothing, as long as the partner has no other. */
  static void failures(Page page, List<ShortcutView> shortcuts, List<String> vpns, Instant now) {
    Map<String, ShortcutView> last = new LinkedHashMap<>();
    for (ShortcutView s : shortcuts) {
      if (vpns.contains(s.vpn()) && s.state().equals(FAILED)) {
        last.put(s.partner(), s);
      }
    }
    for (ShortcutView s : shortcuts) {
      if (s.state().equals("up")) {
        last.remove(s.partner());
      }
    }
    for (ShortcutView s : last.values()) {
      page.line(
          "Shortcut to %s (%s) of VPN %s failed %s ago; what it was to carry goes by the"
              + " suggester: %s",
          s.partner(),
          s.remote(),
          s.vpn(),
          Durations.age(Duration.between(s.since(), now)),
          s.text());
      page.element(
          Element.builder("ipsec-shortcut-failure")
              .leaf("sa-vpn-name", s.vpn())
              .leaf("shortcut-partner", s.partner())
              .leaf("shortcut-text", s.text()));
    }
  }
}
