package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.sa.SaNotice;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is cleared or taken out of the configuration ends, whatever is under way (§2.25). */
class EndingTest {
  /** Less than the shortest pause before a tunnel is tried again. */
  private static final Duration SOON = Duration.ofMillis(400);

  private static final IkeEvent CLEAR = new IkeEvent.ClearSecurityAssociations(null);

  /** What was cleared stays away until there is traffic. */
  private static final IkeEvent WANTED =
      new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0));

  private static final IkeEvent DECONFIGURE =
      new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY);

  @Test
  void aClearDuringARekeyOfTheChildSaLeavesNone() {
    for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP31}) {
      Wire wire = established(pfs);
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      asks(wire, ExchangeType.CREATE_CHILD_SA);
      wire.left.handle(CLEAR);
      assertNothingLeft(wire);
      assertComesBack(wire);
    }
  }

  @Test
  void aClearWhileTheKeyOfAChildSaIsAgreedUponLeavesNone() {
    Wire wire = established(DhGroup.GROUP31);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    asks(wire, ExchangeType.CREATE_CHILD_SA);
    int computations = computations(wire.left);
    while (computations(wire.left) == computations) {
      wire.run(Duration.ofMillis(1));
    }
    wire.left.handle(CLEAR);
    assertNothingLeft(wire);
    assertComesBack(wire);
  }

  @Test
  void aClearDuringARekeyOfTheIkeSaLeavesNoneOnEitherSide() {
    Wire wire = established(null);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    asks(wire, ExchangeType.CREATE_CHILD_SA);
    wire.left.handle(CLEAR);
    assertNothingLeft(wire);
    assertComesBack(wire);
  }

  @Test
  void aVpnTakenAwayDuringARekeyOfTheIkeSaLeavesNothingOnEitherSide() {
    Wire wire = established(null);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    asks(wire, ExchangeType.CREATE_CHILD_SA);
    wire.left.handle(DECONFIGURE);
    assertNothingLeft(wire);
    assertThat(wire.left.engine.nextDeadline()).isNull();
  }

  @Test
  void aVpnTakenAwayDuringAuthenticationIsDeletedAtThePeerToo() {
    Wire wire = new Wire(1);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    asks(wire, ExchangeType.IKE_AUTH);
    wire.left.handle(DECONFIGURE);
    assertNothingLeft(wire);
    assertThat(wire.left.engine.nextDeadline()).isNull();
  }

  @Test
  void aVpnTakenAwayDuringAuthenticationThatIsNeverAnsweredIsForgotten() {
    Wire wire = new Wire(1);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    asks(wire, ExchangeType.IKE_AUTH);
    wire.cut = true;
    wire.left.handle(DECONFIGURE);
    wire.run(Duration.ofMinutes(2));
    assertThat(wire.left.engine.ikeSas(wire.now)).isEmpty();
    assertThat(wire.left.engine.nextDeadline()).isNull();
  }

  @Test
  void aRouterThatStopsDuringAnExchangeTellsThePeerAfterIt() {
    for (boolean ikeSa : new boolean[] {false, true}) {
      Wire wire = established(null);
      wire.left.handle(new IkeEvent.RekeyRequested("gw", ikeSa));
      asks(wire, ExchangeType.CREATE_CHILD_SA);
      wire.left.handle(new IkeEvent.ShutDown());
      assertThat(wire.left.actions).doesNotContain(new IkeAction.ShutDownComplete());
      wire.run(SOON);

      assertThat(wire.left.actions).contains(new IkeAction.ShutDownComplete());
      assertThat(wire.left.engine.nextDeadline()).isNull();
      assertThat(wire.right.engine.ikeSas(wire.now)).isEmpty();
      assertThat(wire.right.up).isFalse();
    }
  }

  @Test
  void aRouterThatStopsWaitsNoLongerThanASecondForAPeer() {
    Wire wire = established(null);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    asks(wire, ExchangeType.CREATE_CHILD_SA);
    wire.cut = true;
    wire.left.handle(new IkeEvent.ShutDown());
    wire.run(Duration.ofMillis(1001));
    assertThat(wire.left.actions).endsWith(new IkeAction.ShutDownComplete());
    assertThat(wire.left.engine.nextDeadline()).isNull();
  }

  @Test
  void aRouterWithoutAnExchangeUnderWayStopsAtOnce() {
    Wire wire = established(null);
    wire.left.handle(new IkeEvent.ShutDown());
    assertThat(wire.left.actions).endsWith(new IkeAction.ShutDownComplete());
  }

  @Test
  void aClearDuringAuthenticationLeavesNothing() {
    Wire wire = new Wire(1);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    Configs left = Configs.towards("192.0.2.2");
    left.establish = EstablishTunnels.ON_TRAFFIC;
    wire.left.configure(left.build());
    wire.left.handle(WANTED);
    asks(wire, ExchangeType.IKE_AUTH);
    wire.left.handle(CLEAR);
    assertNothingLeft(wire);
    assertThat(wire.left.actions).noneMatch(IkeAction.InstallChildSa.class::isInstance);
    assertComesBack(wire);
  }

  private static Wire established(DhGroup pfs) {
    Wire wire = new Wire(1);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.pfs = right.pfs = pfs;
    left.establish = EstablishTunnels.ON_TRAFFIC;
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.left.handle(WANTED);
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    return wire;
  }

  /** Runs until the left side has sent such a request. */
  private static void asks(Wire wire, ExchangeType exchange) {
    boolean[] asked = {false};
    wire.drop =
        (from, message) -> {
          asked[0] |= from == wire.left && Wire.is(message, exchange, false);
          return false;
        };
    while (!asked[0]) {
      wire.run(Duration.ofMillis(1));
    }
  }

  private static int computations(Wire.Node node) {
    return (int) node.actions.stream().filter(IkeAction.Compute.class::isInstance).count();
  }

  private static void assertNothingLeft(Wire wire) {
    wire.run(SOON);
    assertThat(wire.left.installed).isEmpty(); // the right side may still drain some
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.engine.ikeSas(wire.now)).as(node.name).isEmpty();
      assertThat(node.up).as(node.name).isFalse();
    }
  }

  private static void assertComesBack(Wire wire) {
    wire.left.handle(WANTED);
    wire.run(Duration.ofSeconds(10));
    EstablishTest.assertSettled(wire, 1);
  }
}
