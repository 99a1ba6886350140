package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * INITIAL_CONTACT ends all other IKE SAs between two identities: two tunnels to one hub share them.
 */
class InitialContactTest {
  private final Wire wire = new Wire(1);

  /** Of each IKE_AUTH request that the left side sent: did it say INITIAL_CONTACT? */
  private final List<Boolean> said = new ArrayList<>();

  @Test
  void aSecondTunnelBetweenTheSameIdentitiesDoesNotSayIt() {
    listen();
    wire.right.configure(hub());
    wire.left.configure(Configs.together(branch("192.0.2.2")));
    wire.run(Duration.ofSeconds(30));
    assertThat(said).containsExactly(true);

    wire.left.configure(Configs.together(branch("192.0.2.2"), branch("198.51.100.2").second()));
    wire.run(Duration.ofSeconds(30));

    assertThat(said).containsExactly(true, false);
    assertThat(wire.left.engine.vpns()).allMatch(v -> v.up());
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void ofTwoTunnelsThatBeginTogetherOneSaysIt() {
    listen();
    wire.right.configure(hub());
    wire.left.configure(both());
    wire.run(Duration.ofSeconds(30));

    assertThat(said).containsExactly(true, false);
    assertThat(wire.left.engine.vpns()).allMatch(v -> v.up());
  }

  @Test
  void aTunnelThatComesBackDoesNotSayItAgain() {
    listen();
    wire.right.configure(hub());
    wire.left.configure(both());
    wire.run(Duration.ofSeconds(30));
    said.clear();

    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw2"));
    wire.run(Duration.ofSeconds(30));

    assertThat(said).containsExactly(false);
  }

  @Test
  void aRequestThatSaysItIsNotRepeatedOnceAnotherIkeSaStands() {
    listenButLoseTheFirst();
    wire.right.configure(hub());
    wire.left.configure(both());
    wire.run(Duration.ofSeconds(30));

    assertThat(said).containsExactly(true, false, false);
    assertThat(wire.left.engine.vpns()).allMatch(v -> v.up());
  }

  @Test
  void aRequestThatSaysItIsNotRepeatedOnceItsIkeSaWasClearedAndReplaced() {
    replaceWhileTheFirstRequestIsUnanswered(
        () -> wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw")));
  }

  @Test
  void norOnceItsTunnelWasConfiguredAnew() {
    Configs other = branch("192.0.2.2");
    other.force = true;
    replaceWhileTheFirstRequestIsUnanswered(() -> wire.left.configure(other.build()));
  }

  private void replaceWhileTheFirstRequestIsUnanswered(Runnable replacement) {
    Configs hub = branch("192.0.2.1").responder();
    hub.local = new IkeIdentity.Hostname("hub.example");
    hub.remote = new IkeIdentity.Hostname("branch.example");
    List<Long> sayIt = new ArrayList<>();
    wire.drop =
        (from, message) -> {
          boolean auth = from == wire.left && Wire.is(message, ExchangeType.IKE_AUTH, false);
          if (auth && saysIt(message)) {
            sayIt.add(Wire.initiatorSpi(message));
          }
          return auth && Wire.initiatorSpi(message) == sayIt.getFirst();
        };
    wire.right.configure(hub.build());
    wire.left.configure(branch("192.0.2.2").build());
    wire.runUntil(() -> !sayIt.isEmpty(), Duration.ofMinutes(1));

    replacement.run();
    wire.run(Duration.ofMinutes(2));

    long first = sayIt.getFirst();
    assertThat(sayIt.stream().dropWhile(spi -> spi == first))
        .as("all that say it: %s", sayIt)
        .hasSize(1);
    assertThat(wire.left.engine.vpns()).allMatch(v -> v.up());
    assertThat(wire.right.engine.vpns()).allMatch(v -> v.up());
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  private void listenButLoseTheFirst() {
    wire.drop =
        (from, message) -> {
          boolean auth = from == wire.left && Wire.is(message, ExchangeType.IKE_AUTH, false);
          if (auth) {
            said.add(saysIt(message));
          }
          return auth && said.size() == 1;
        };
  }

  private void listen() {
    wire.drop =
        (from, message) -> {
          if (from == wire.left && Wire.is(message, ExchangeType.IKE_AUTH, false)) {
            said.add(saysIt(message));
          }
          return false;
        };
  }

  private boolean saysIt(Octets message) {
    return new Payloads(wire.left.opened(message)).has(NotifyType.INITIAL_CONTACT);
  }

  private static IpsecConfig both() {
    return Configs.together(branch("192.0.2.2"), branch("198.51.100.2").second());
  }

  private static IpsecConfig hub() {
    Configs first = branch("192.0.2.1").responder();
    Configs second = branch("198.51.100.1").responder().second();
    first.local = second.local = new IkeIdentity.Hostname("hub.example");
    first.remote = second.remote = new IkeIdentity.Hostname("branch.example");
    return Configs.together(first, second);
  }

  private static Configs branch(String hub) {
    Configs configs = Configs.towards(hub);
    configs.local = new IkeIdentity.Hostname("branch.example");
    configs.remote = new IkeIdentity.Hostname("hub.example");
    return configs;
  }
}
