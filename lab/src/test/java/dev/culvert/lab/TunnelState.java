package dev.culvert.lab;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What labs ask a router about its tunnels and wait for. */
final class TunnelState {
  /** Generous: the machine may be busy with other things. */
  static final Duration SOON = Duration.ofSeconds(90);

  private static final Pattern INBOUND_SPI = Pattern.compile("Direction: inbound, SPI: (\\w+)");
  private static final Pattern OUTBOUND_SPI = Pattern.compile("Direction: outbound, SPI: (\\w+)");

  private TunnelState() {}

  static Set<String> inboundSpis(CulvertProcess router) throws ControlException {
    return spis(router, INBOUND_SPI);
  }

  static Set<String> outboundSpis(CulvertProcess router) throws ControlException {
    return spis(router, OUTBOUND_SPI);
  }

  private static Set<String> spis(CulvertProcess router, Pattern direction)
      throws ControlException {
    return direction
        .matcher(router.cli("show security ipsec security-associations detail"))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toSet());
  }

  static void awaitPathMtu(CulvertProcess router, int mtu) {
    awaitPathMtu(router, mtu, () -> "");
  }

  static void awaitPathMtu(CulvertProcess router, int mtu, Supplier<String> evidenceOfPeer) {
    String show = "show security ike security-associations detail";
    Await.until(
        SOON,
        router.name() + " to find that the path carries " + mtu,
        () -> router.cli(show).contains("Path MTU: " + mtu + ", confirmed by peer"),
        () -> router.log() + evidenceOfPeer.get());
  }

  static void awaitDeviceMtu(NetworkNamespace router, int mtu) {
    Await.until(
        SOON,
        "st0.0 of " + router + " to have an MTU of " + mtu,
        () -> router.ip("link", "show", "st0.0").contains(" mtu " + mtu + " "),
        () -> router.ip("link", "show", "st0.0"));
  }
}
