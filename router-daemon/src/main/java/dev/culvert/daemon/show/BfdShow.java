package dev.culvert.daemon.show;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.cli.protocol.Element;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** {@code show bfd session}. */
public final class BfdShow {
  private BfdShow() {}

  public static Page sessions(
      List<BfdSessionStatus> sessions,
      Function<BfdSessionStatus, List<String>> clients,
      boolean detail,
      Instant now) {
    Page page = new Page("bfd-session-information");
    page.line("                                                  Detect   Transmit");
    page.line("Address                  State     Interface      Time     Interval  Multiplier");
    int clientCount = 0;
    double transmitRate = 0;
    double receiveRate = 0;
    for (BfdSessionStatus s : sessions) {
      page.line(
          "%-24s %-9s %-14s %-8s %-9s %d",
          s.neighbor(),
          state(s.state()),
          s.interfaceName(),
          Durations.seconds(s.detectionTime()),
          Durations.seconds(s.transmitInterval()),
          s.multiplier());
      List<String> names = clients.apply(s);
      clientCount += names.size();
      transmitRate += perSecond(s.transmitInterval());
      receiveRate += perSecond(s.remoteMinTransmit());
      Element.Builder element =
          Element.builder("bfd-session")
              .leaf("session-neighbor", s.neighbor().toString())
              .leaf("session-state", state(s.state()))
              .leaf("session-interface", s.interfaceName().toString())
              .leaf("session-detection-time", Durations.seconds(s.detectionTime()))
              .leaf("session-transmission-interval", Durations.seconds(s.transmitInterval()))
              .leaf("session-adaptive-multiplier", s.multiplier());
      for (String name : names) {
        element.child(Element.builder("bfd-client").leaf("client-name", name));
      }
      if (detail) {
        detail(page, s, names, now);
        element
            .leaf("local-diagnostic", s.localDiagnostic().junosName())
            .leaf("remote-diagnostic", s.remoteDiagnostic().junosName())
            .leaf("remote-state", state(s.remoteState()))
            .leaf("local-discriminator", s.localDiscriminator())
            .leaf("remote-discriminator", s.remoteDiscriminator());
      }
      page.element(element);
    }
    page.blank();
    page.line("%d sessions, %d clients", sessions.size(), clientCount);
    page.line(
        "Cumulative transmit rate %.1f pps, cumulative receive rate %.1f pps",
        transmitRate, receiveRate);
    page.leaf("sessions", sessions.size()).leaf("clients", clientCount);
    page.leaf("cumulative-transmission-rate", String.format(Locale.ROOT, "%.1f", transmitRate));
    page.leaf("cumulative-reception-rate", String.format(Locale.ROOT, "%.1f", receiveRate));
    return page;
  }

  private static void detail(Page page, BfdSessionStatus s, List<String> names, Instant now) {
    for (String name : names) {
      page.line(
          " Client %s, TX interval %s, RX interval %s",
          name, Durations.seconds(s.transmitInterval()), Durations.seconds(s.localMinReceive()));
    }
    Duration previous = s.previousUpTime();
    page.line(
        " Session %s time %s%s",
        s.state() == BfdState.UP ? "up" : "down",
        Durations.age(Duration.between(s.stateSince(), now)),
        previous == null ? "" : ", previous up time " + Durations.age(previous));
    page.line(
        " Local diagnostic %s, remote diagnostic %s",
        s.localDiagnostic().junosName(), s.remoteDiagnostic().junosName());
    page.line(" Remote state %s, version 1", state(s.remoteState()));
    page.line(" Session type: Single hop BFD");
    page.line(
        " Local min TX interval %s, minimum RX interval %s, multiplier %d",
        Durations.seconds(s.localMinTransmit()),
        Durations.seconds(s.localMinReceive()),
        s.multiplier());
    page.line(
        " Remote min TX interval %s, min RX interval %s, multiplier %d",
        Durations.seconds(s.remoteMinTransmit()),
        Durations.seconds(s.remoteMinReceive()),
        s.remoteMultiplier());
    page.line(
        " Local discriminator %d, remote discriminator %d",
        s.localDiscriminator(), s.remoteDiscriminator());
  }

  private static double perSecond(Duration interval) {
    return interval.isZero() ? 0 : 1e9 / interval.toNanos();
  }

  static String state(BfdState state) {
    return switch (state) {
      case ADMIN_DOWN -> "AdminDown";
      case DOWN -> "Down";
      case INIT -> "Init";
      case UP -> "Up";
    };
  }
}
