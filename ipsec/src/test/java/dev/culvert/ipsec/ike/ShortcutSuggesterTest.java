package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.Advpn;
import dev.culvert.ipsec.config.DynamicPeers;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a hub, on the right, asks what is behind two spokes, both on the left, that talk by it. */
class ShortcutSuggesterTest {
  private final Wire wire = new Wire(1);
  private final Configs one = spoke("one.example.net");
  private final Configs two = spoke("two.example.net").second().onFirst();
  private List<Integer> peers = List.of();

  @Test
  void twoThatBothAnswerForAWhileAreAskedForOnce() {
    up(true);
    talk(0, 1, "10.2.0.9");
    talk(1, 0, "10.1.0.9");
    assertThat(asked()).isEmpty();
    wire.run(Duration.ofSeconds(1));
    talk(0, 1, "10.2.0.9");
    assertThat(asked())
        .containsExactly(
            new IkeAction.FindRoutes(
                Wire.ST0,
                peers.get(0),
                peers.get(1),
                Ipv4Address.of("10.1.0.9"),
                Ipv4Address.of("10.2.0.9")));
    for (int second = 0; second < 50; second++) {
      wire.run(Duration.ofSeconds(1));
      talk(1, 0, "10.1.0.9");
    }
    assertThat(asked()).hasSize(1);
  }

  @Test
  void whatOnlyOneSendsSaysNothingOfWhereTheOtherSendsTo() {
    up(true);
    for (int second = 0; second < 120; second++) {
      talk(0, 1, "10.2.0.9");
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(asked()).isEmpty();
  }

  @Test
  void whereNothingComesOfItTheIntervalsGrow() {
    up(true);
    for (int second = 0; second < 2 * 3600; second++) {
      talk(0, 1, "10.2.0.9");
      talk(1, 0, "10.1.0.9");
      wire.run(Duration.ofSeconds(1));
    }
    // After 1, 2, 4, 8 and then each 16 minutes.
    assertThat(asked()).hasSizeBetween(9, 12);
  }

  @Test
  void thoseThatDoNotBuildShortcutsAreNotWatched() {
    up(false);
    assertThat(wire.right.installed.values())
        .extracting(ChildSa::path)
        .containsOnly(ChildSa.Path.PLAIN);
    for (int second = 0; second < 10; second++) {
      talk(0, 1, "10.2.0.9");
      talk(1, 0, "10.1.0.9");
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(asked()).isEmpty();
  }

  @Test
  void thoseThatDoAre() {
    up(true);
    assertThat(wire.right.installed.values())
        .extracting(ChildSa::path)
        .containsOnly(ChildSa.Path.WATCHED);
    assertThat(wire.left.installed.values())
        .extracting(ChildSa::path)
        .containsOnly(ChildSa.Path.PLAIN);
  }

  @Test
  void aPeerThatIsGoneIsNoTalk() {
    up(true);
    for (int second = 0; second < 5; second++) {
      wire.right.handle(talked(peers.get(0), 7, "10.2.0.9"));
      wire.right.handle(talked(7, peers.get(0), "10.1.0.9"));
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(asked()).isEmpty();
  }

  private void up(boolean builds) {
    if (builds) {
      Advpn partner = new Advpn(false, true, 5, Duration.ofSeconds(60), 5);
      one.advpn = partner;
      two.advpn = partner;
    }
    Configs hub = Configs.towards(null).responder();
    hub.remote = new IkeIdentity.Hostname("example.net");
    hub.dynamicPeers = new DynamicPeers(DynamicPeers.Who.GROUP, 0, false);
    hub.advpn = new Advpn(true, false, 1, Duration.ofSeconds(60), 5);
    wire.right.configure(hub.build());
    wire.left.configure(Configs.together(one, two));
    assertThat(
            wire.runUntil(
                () -> wire.left.engine.vpns().stream().allMatch(VpnStateView::up),
                Duration.ofSeconds(20)))
        .isTrue();
    peers = wire.right.installed.values().stream().map(ChildSa::peer).distinct().sorted().toList();
    assertThat(peers).hasSize(2);
  }

  private static Configs spoke(String name) {
    Configs spoke = Configs.towards("192.0.2.2");
    spoke.local = new IkeIdentity.Hostname(name);
    return spoke;
  }

  private void talk(int from, int to, String destination) {
    wire.right.handle(talked(peers.get(from), peers.get(to), destination));
  }

  private static IkeEvent talked(int from, int to, String destination) {
    return new IkeEvent.DataPath(
        new SaNotice.PeersTalk(
            Wire.ST0, from, to, Ipv4Address.of("10.0.0.1"), Ipv4Address.of(destination)));
  }

  private List<IkeAction> asked() {
    return wire.right.actions.stream().filter(IkeAction.FindRoutes.class::isInstance).toList();
  }
}
