package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.Advpn;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.ShortcutSuggestion;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a partner, on the left, makes of the suggestions of the right. */
class ShortcutPartnerTest {
  private static final byte[] SECRET = new byte[ShortcutSuggestion.SECRET_LENGTH];
  private static final String ELSEWHERE = "198.51.100.77";

  static {
    Arrays.fill(SECRET, (byte) 'q');
  }

  private final Wire wire = new Wire(1);
  private final Configs left = Configs.towards("192.0.2.2");
  private final Configs right = Configs.towards("192.0.2.1").responder();
  private byte number;

  @Test
  void whereNobodyAnswersItIsGivenUpInTimeAndTheTunnelDoesNotNotice() {
    up();
    // Only the peer is on this wire.
    wire.drop =
        (from, message) -> Wire.is(message, ExchangeType.IKE_SA_INIT, false) && from == wire.left;
    suggest(suggestion(true, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    assertThat(states()).containsExactly("awaited");
    assertThat(inits())
        .allSatisfy(init -> {
          assertThat(init.local()).isEqualTo(new Endpoint(wire.left.address, 4500));
          assertThat(init.remote()).isEqualTo(new Endpoint(address(ELSEWHERE), 4500));
        });
    assertThat(inits()).isNotEmpty();
    Vpn shortcut = shortcut();

    wire.run(Duration.ofSeconds(60));
    assertThat(states()).containsExactly("failed");
    assertThat(wire.left.engine.shortcuts().getFirst().text())
        .contains("198.51.100.77:4500 does not answer");
    assertThat(shortcut.gateway.preSharedKey().isErased()).isTrue();
    assertThat(wire.left.engine.parts.tables.vpns.all()).hasSize(1);
    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
    assertThat(wire.downs()).isZero();
    assertThat(wire.left.notices.toString())
        .contains("IKE_SHORTCUT_FAILED")
        .doesNotContain("qqqq", "7171", "113, 113");
    int before = inits().size();
    wire.run(Duration.ofMinutes(10));
    assertThat(inits()).hasSize(before);
  }

  @Test
  void oneThatIsToWaitBeginsNothing() {
    up();
    suggest(suggestion(false, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(30));
    assertThat(states()).containsExactly("awaited");
    assertThat(inits()).isEmpty();
    wire.run(Duration.ofSeconds(30));
    assertThat(states()).containsExactly("failed");
  }

  @Test
  void aSuggestionOfSomebodyWhoIsToSuggestNothingIsRefusedAndCounted() {
    right.advpn = null;
    left.advpn = partner(5);
    comeUp();
    suggest(suggestion(true, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(5));
    assertThat(states()).isEmpty();
    assertThat(counts().received()).isEqualTo(1);
    assertThat(counts().unauthorized()).isEqualTo(1);
    assertThat(counts().declined()).isEqualTo(1);
  }

  @Test
  void soIsOneToSomebodyWhoBuildsNone() {
    left.advpn = null;
    right.advpn = new Advpn(true, false, 1, Duration.ofSeconds(60), 5);
    comeUp();
    suggest(suggestion(true, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(5));
    assertThat(states()).isEmpty();
    assertThat(counts().unauthorized()).isEqualTo(1);
  }

  @Test
  void whatMakesNoSenseIsRefusedAndCounted() {
    up();
    Octets whole = suggestion(true, ELSEWHERE, "10.2.0.0/24").encode();
    for (int length = 0; length < whole.length(); length += 7) {
      suggest(whole.slice(0, length));
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(states()).isEmpty();
    assertThat(counts().malformed()).isEqualTo(counts().received()).isGreaterThan(10);
    assertThat(wire.downs()).isZero();
  }

  @Test
  void whatWouldLeadToItselfIsRefused() {
    up();
    suggest(suggestion(true, ELSEWHERE, "198.51.100.0/24"));
    wire.run(Duration.ofSeconds(1));
    suggest(suggestion(true, ELSEWHERE, "192.0.2.0/24"));
    wire.run(Duration.ofSeconds(1));
    suggest(suggestion(true, "2001:db8::1", "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    assertThat(states()).isEmpty();
    assertThat(counts().declined()).isEqualTo(3);
  }

  @Test
  void noMoreThanMayBeAreBegunAndOneAtATimeWithTheSame() {
    up();
    for (int i = 0; i < 8; i++) {
      suggest(suggestion(false, "198.51.100." + (70 + i), "10.2.0.0/24"));
      wire.run(Duration.ofSeconds(1));
    }
    suggest(suggestion(false, "198.51.100.70", "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    assertThat(states()).hasSize(5).containsOnly("awaited");
    assertThat(counts().accepted()).isEqualTo(5);
    assertThat(counts().declined()).isEqualTo(4);
    wire.run(Duration.ofSeconds(60));
    suggest(suggestion(false, "198.51.100.70", "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    assertThat(states()).contains("awaited");
  }

  @Test
  void theyGoWithTheTunnelOfWhoHasSuggestedThem() {
    up();
    suggest(suggestion(true, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    Vpn shortcut = shortcut();
    left.secret = "feijoa";
    wire.left.configure(left.build());
    assertThat(wire.left.engine.parts.tables.vpns.all()).hasSize(1);
    assertThat(shortcut.gateway.preSharedKey().isErased()).isTrue();
    assertThat(states()).isEmpty();
  }

  @Test
  void operatorsSeeThemApartFromWhatIsConfigured() {
    up();
    wire.drop = (from, message) -> Wire.is(message, ExchangeType.IKE_SA_INIT, false);
    suggest(suggestion(true, ELSEWHERE, "10.2.0.0/24"));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.engine.vpns()).extracting(VpnStateView::vpn).containsExactly("vpn");
    ShortcutView view = wire.left.engine.shortcuts().getFirst();
    assertThat(view.partner()).isEqualTo("spoke-2.example.net");
    assertThat(view.vpn()).isEqualTo("vpn");
    assertThat(view.beyond()).containsExactly(Configs.of("10.2.0.0/24"));
    assertThat(wire.left.engine.ikeSas(wire.now))
        .extracting(sa -> sa.advpn().type() + " " + sa.advpn().local() + " " + sa.advpn().peer())
        .containsExactly("Static Partner Suggester", "Shortcut Disabled Disabled");
  }

  private static Advpn partner(int limit) {
    return new Advpn(false, true, limit, Duration.ofSeconds(60), 5);
  }

  private void up() {
    left.advpn = partner(5);
    right.advpn = new Advpn(true, false, 1, Duration.ofSeconds(60), 5);
    comeUp();
  }

  private void comeUp() {
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    wire.left.actions.clear();
  }

  private ShortcutSuggestion suggestion(boolean begins, String where, String beyond) {
    number++;
    return new ShortcutSuggestion(
        Octets.copyOf(new byte[] {0, 0, 0, 0, 0, 0, 0, number}),
        Secret.copyOf(SECRET),
        begins,
        Duration.ofSeconds(40),
        new Endpoint(address(where), 4500),
        "a-%02d.spoke-1.example.net".formatted(number),
        "b-%02d.spoke-2.example.net".formatted(number),
        List.of(prefix("10.1.0.0/24")),
        List.of(prefix(beyond)));
  }

  private void suggest(ShortcutSuggestion suggestion) {
    suggest(suggestion.encode());
  }

  private void suggest(Octets data) {
    wire.right.does((parts, step) -> {
      Vpn vpn = IkeSa.present(parts.tables.vpns.get("vpn"));
      step.add(
          new Effect.SendRequest(
              IkeSaTable.current(vpn).orElseThrow(),
              new PendingRequest.Probe(),
              List.of(Payload.Notify.of(NotifyType.SHORTCUT_SUGGESTION, data))));
    });
  }

  private Vpn shortcut() {
    return wire.left.engine.parts.tables.vpns.all().values().stream()
        .filter(vpn -> vpn.shortcut != null)
        .findFirst()
        .orElseThrow();
  }

  private List<String> states() {
    return wire.left.engine.shortcuts().stream().map(ShortcutView::state).toList();
  }

  private ShortcutCounts counts() {
    return wire.left.engine.statistics().shortcuts();
  }

  private List<IkeAction.SendDatagram> inits() {
    return wire.left.actions.stream()
        .filter(IkeAction.SendDatagram.class::isInstance)
        .map(IkeAction.SendDatagram.class::cast)
        .filter(sent -> Wire.is(sent.message(), ExchangeType.IKE_SA_INIT, false))
        .toList();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }
}
