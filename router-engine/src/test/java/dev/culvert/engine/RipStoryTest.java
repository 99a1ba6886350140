package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.packet.RipCommand;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** RIP as one of the router's protocols: its routes, exports, sockets and watches. */
class RipStoryTest {
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");
  private static final String CONFIGURATION =
      """
      interfaces { eth0 { unit 0 { family inet { address 10.0.0.1/24; } } } }
      routing-options { static { route 10.41.0.0/16 discard; } }
      protocols { rip { group g { export told; neighbor eth0.0 {
        bfd-liveness-detection { minimum-interval 300; } } } } }
      policy-options { policy-statement told { from protocol [ static rip ]; then accept; } }
      """;

  private final RouterEngine engine = new RouterEngine(new Random(1));
  private final List<RouterAction> actions = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void aLearnedRouteIsActiveAndGoesWithItsInterface() {
    start();
    receive("10.5.0.0/16", 3);
    assertThat(active("10.5.0.0/16")).contains("metric=4", "preference=100", "10.0.0.2");

    handle(new RouterEvent.InterfacesChanged(List.of(lan(false))));
    assertThat(active("10.5.0.0/16")).isNull();
  }

  @Test
  void staticRoutesAreExportedAlsoThoseFromBeforeRipWasConfigured() {
    commit(CONFIGURATION.replaceAll("(?s)protocols .*? } } } } }", ""));
    handle(new RouterEvent.InterfacesChanged(List.of(lan(true))));
    assertThat(told()).isEmpty();

    commit(CONFIGURATION);
    assertThat(told()).containsExactly("10.41.0.0/1");
  }

  @Test
  void bfdThatLosesANeighborTakesItsRoutes() {
    start();
    receive("10.5.0.0/16", 3);
    BfdEvent.SessionConfigured watched =
        actions.stream()
            .filter(RouterAction.Bfd.class::isInstance)
            .map(a -> ((RouterAction.Bfd) a).event())
            .filter(BfdEvent.SessionConfigured.class::isInstance)
            .map(BfdEvent.SessionConfigured.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(engine.livenessClients(watched.target())).containsExactly("RIP");

    handle(new RouterEvent.LivenessChanged(watched.target(), false));
    assertThat(active("10.5.0.0/16")).isNull();
  }

  @Test
  void aRouterThatStopsSaysSoAndClosesItsSockets() {
    start();
    receive("10.5.0.0/16", 3);
    actions.clear();
    handle(new RouterEvent.ShutDown());

    assertThat(told()).contains("10.41.0.0/16");
    assertThat(actions)
        .contains(new RouterAction.Rip(RipFlavor.RIP, new RipAction.CloseInterface(LAN)));
  }

  @Test
  void thePasswordOfADatagramIsNotRecorded() {
    Octets datagram = Octets.ofHex("0202 0000 ffff 0002 67656865696d 00000000000000000000");
    RouterEvent received =
        new RouterEvent.RipDatagramReceived(
            RipFlavor.RIP, LAN, Ipv4Address.of("10.0.0.2"), 520, 1, datagram);

    assertThat(RecordedEvents.router(now, received).toString()).doesNotContain("67656865696d");
  }

  private void start() {
    commit(CONFIGURATION);
    handle(new RouterEvent.InterfacesChanged(List.of(lan(true))));
    assertThat(actions)
        .contains(new RouterAction.Rip(RipFlavor.RIP, new RipAction.OpenInterface(LAN)));
  }

  private void commit(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test.conf", text, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    handle(new RouterEvent.ConfigurationCommitted(config));
  }

  private void receive(String prefix, int metric) {
    RipMessage message =
        new RipMessage(
            RipCommand.RESPONSE,
            2,
            List.of(
                dev.culvert.rip.packet.RouteEntry.of(
                    IpPrefix.parse(prefix).orElseThrow(), 0, metric)));
    handle(
        new RouterEvent.RipDatagramReceived(
            RipFlavor.RIP, LAN, Ipv4Address.of("10.0.0.2"), 520, 1, message.encode(RipFlavor.RIP)));
  }

  private void handle(RouterEvent event) {
    now = now.plusSeconds(10);
    engine.handle(event, now, actions::add);
  }

  /** Prefix and metric of all that neighbors have been told. */
  private List<String> told() {
    List<String> told = new ArrayList<>();
    for (RouterAction action : actions) {
      if (action instanceof RouterAction.Rip(RipFlavor flavor, RipAction.SendDatagram sent)
          && RipMessage.decode(flavor, sent.payload()) instanceof Decoded.Ok<RipMessage>(var m)
          && m.command() == RipCommand.RESPONSE) {
        m.entries().forEach(e -> told.add(e.address() + "/" + e.metric()));
      }
    }
    return told;
  }

  private @Nullable String active(String prefix) {
    RouteEntry entry =
        engine.tables().table(TableId.INET).entry(IpPrefix.parse(prefix).orElseThrow());
    return entry == null
        ? null
        : entry.candidates().stream()
            .filter(RouteEntry.Candidate::active)
            .map(c -> c.route().toString())
            .findFirst()
            .orElse(null);
  }

  private static InterfaceState lan(boolean up) {
    return new InterfaceState(
        LAN, 2, up, false, false, 1500, List.of(InterfaceAddress.of("10.0.0.1/24")));
  }
}
