package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.Screen.Rate;
import dev.culvert.firewall.ruleset.Zone;

/** {@code show security screen …}. */
public final class ScreenShow {
  private ScreenShow() {}

  /** {@code show security screen statistics zone}: of all that its screen looks for. */
  public static Page statistics(ScreenViews views, Zone zone) {
    Page page = new Page("ids-statistics-information");
    page.leaf("ids-statistics-zone", zone.name());
    page.line("Screen statistics:");
    page.blank();
    page.line("%-44s %s", "IDS attack type", "Statistics");
    Screen screen = zone.screen();
    if (screen == null) {
      return page;
    }
    for (Rate rate : screen.thresholds().keySet()) {
      statistic(page, labelOf(rate), views.found(zone, rate));
    }
    for (Anomaly anomaly : screen.anomalies()) {
      statistic(page, labelOf(anomaly), views.found(zone, anomaly));
    }
    return page;
  }

  private static void statistic(Page page, String label, long count) {
    page.line("  %-42s %d", label, count);
    page.element(
        Element.builder("ids-statistics")
            .leaf("ids-statistics-name", label)
            .leaf("ids-statistics-value", count));
  }

  /** {@code show security screen ids-option}. */
  public static Page option(Screen screen) {
    Page page = new Page("show-ids-status");
    page.line("Screen object status:");
    page.blank();
    page.line("%-44s %s", "Name", "Value");
    if (screen.alarmWithoutDrop()) {
      status(page, "Alarm without drop", "enabled");
    }
    screen
        .thresholds()
        .forEach(
            (rate, threshold) -> status(page, labelOf(rate) + " threshold", threshold.toString()));
    screen.anomalies().forEach(anomaly -> status(page, labelOf(anomaly), "enabled"));
    return page;
  }

  private static void status(Page page, String label, String value) {
    page.line("  %-42s %s", label, value);
    page.element(
        Element.builder("ids-status")
            .leaf("ids-status-name", label)
            .leaf("ids-status-value", value));
  }

  private static String labelOf(Rate rate) {
    return switch (rate) {
      case ICMP_FLOOD -> "ICMP flood";
      case UDP_FLOOD -> "UDP flood";
      case SYN_FLOOD_ATTACK -> "TCP SYN flood";
      case SYN_FLOOD_SOURCE -> "SYN flood source";
      case SYN_FLOOD_DESTINATION -> "SYN flood destination";
      case PORT_SCAN -> "TCP port scan";
      case IP_SWEEP -> "ICMP address sweep";
      case SESSIONS_OF_SOURCE -> "Source session limit";
      case SESSIONS_TO_DESTINATION -> "Destination session limit";
    };
  }

  private static String labelOf(Anomaly anomaly) {
    return switch (anomaly) {
      case ICMP_FRAGMENT -> "ICMP fragment";
      case ICMP_LARGE -> "ICMP large packet";
      case ICMP_PING_DEATH -> "ICMP ping of death";
      case IP_BAD_OPTION -> "IP bad options";
      case IP_RECORD_ROUTE_OPTION -> "IP record route option";
      case IP_TIMESTAMP_OPTION -> "IP timestamp option";
      case IP_SECURITY_OPTION -> "IP security option";
      case IP_STREAM_OPTION -> "IP stream option";
      case IP_SPOOFING -> "IP spoofing";
      case IP_SOURCE_ROUTE_OPTION -> "IP source route option";
      case IP_LOOSE_SOURCE_ROUTE_OPTION -> "IP loose source route option";
      case IP_STRICT_SOURCE_ROUTE_OPTION -> "IP strict source route option";
      case IP_UNKNOWN_PROTOCOL -> "IP unknown protocol";
      case IP_BLOCK_FRAG -> "IP block fragment";
      case IP_TEAR_DROP -> "IP tear drop";
      case TCP_SYN_FIN -> "TCP SYN FIN";
      case TCP_FIN_NO_ACK -> "TCP FIN no ACK";
      case TCP_NO_FLAG -> "TCP no flag";
      case TCP_SYN_FRAG -> "TCP SYN fragment";
      case TCP_LAND -> "TCP land attack";
      case TCP_WINNUKE -> "TCP winnuke";
    };
  }
}
