package dev.culvert.ipsec.ike.shortcut;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.Advpn;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.lifecycle.Configurator;
import dev.culvert.ipsec.ike.lifecycle.IkeSaLifecycle;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.ShortcutAnswer;
import dev.culvert.ipsec.ike.message.ShortcutSuggestion;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Selectors;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.Shortcut;
import dev.culvert.ipsec.ike.sa.ShortcutCounters;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnTable;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds the shortcuts that the peers of our tunnels suggest, and ends those that carry little. */
public final class ShortcutPartner {
  /** What goes to a partner that has gone is lost until it is found out, so that is soon. */
  static final DeadPeerDetection DETECTION =
      new DeadPeerDetection(DeadPeerDetection.Mode.OPTIMIZED, Duration.ofSeconds(2), 3);

  /** Of those that have gone or failed, for operators. */
  static final int MOST_REMEMBERED = 32;

  private final VpnTable vpns;
  private final TimerTable<IkeTimer> timers;
  private final Configurator configurator;
  private final IkeSaLifecycle lifecycle;
  private final ShortcutCounters counters;

  /** The newest last. */
  private final Deque<ShortcutView> past = new ArrayDeque<>();

  public ShortcutPartner(
      VpnTable vpns,
      TimerTable<IkeTimer> timers,
      Configurator configurator,
      IkeSaLifecycle lifecycle,
      ShortcutCounters counters) {
    this.vpns = vpns;
    this.timers = timers;
    this.configurator = configurator;
    this.lifecycle = lifecycle;
    this.counters = counters;
  }

  // A suggestion.

  /** Acts upon the suggestion in a peer's request, if there is one: what is to be answered. */
  public List<Payload> answers(IkeSa ike, Payloads request, Step step) {
    return request
        .notify(NotifyType.SHORTCUT_SUGGESTION)
        .map(notify -> answer(ike, notify.data(), step))
        .map(answer -> Payload.Notify.of(NotifyType.SHORTCUT_ANSWER, answer.encode()))
        .<List<Payload>>map(List::of)
        .orElse(List.of());
  }

  private ShortcutAnswer answer(IkeSa ike, Octets data, Step step) {
    counters.received++;
    ShortcutAnswer answer = consider(ike, data, step);
    if (answer == ShortcutAnswer.ACCEPTED) {
      counters.accepted++;
    } else {
      counters.declined++;
      refused(ike, answer, step);
    }
    return answer;
  }

  private ShortcutAnswer consider(IkeSa ike, Octets data, Step step) {
    Vpn suggester = ike.vpn;
    if (suggester == null || !ike.isEstablished() || !suggester.takesSuggestions()) {
      counters.unauthorized++;
      return ShortcutAnswer.NOT_A_PARTNER;
    }
    if (!(ShortcutSuggestion.decode(data)
        instanceof Decoded.Ok<ShortcutSuggestion>(ShortcutSuggestion suggestion))) {
      counters.malformed++;
      return ShortcutAnswer.UNACCEPTABLE;
    }
    ChildPolicy carrier = carrier(suggester, suggestion);
    ShortcutAnswer answer = judge(suggester, carrier, suggestion);
    if (answer == ShortcutAnswer.ACCEPTED && carrier != null) {
      begin(suggester, carrier, suggestion, step);
    } else {
      suggestion.secret().erase();
    }
    return answer;
  }

  /** What carries the packets in question at present; null if nothing does. */
  private static @Nullable ChildPolicy carrier(Vpn suggester, ShortcutSuggestion suggestion) {
    IpAddress own = suggestion.own().getFirst().network();
    IpAddress beyond = suggestion.beyond().getFirst().network();
    return suggester.policies.stream()
        .filter(policy -> policy.isUp() && policy.selectors.concerns(own, beyond))
        .findFirst()
        .orElse(null);
  }

  private ShortcutAnswer judge(
      Vpn suggester, @Nullable ChildPolicy carrier, ShortcutSuggestion suggestion) {
    IpAddress local = suggester.localAddress;
    IpAddress remote = suggestion.partner().address();
    if (carrier == null) {
      return ShortcutAnswer.NO_TUNNEL;
    }
    // Its own packets must not enter it.
    boolean leadsToItself =
        suggestion.beyond().stream()
            .anyMatch(p -> p.contains(remote) || (local != null && p.contains(local)));
    if (local == null || local.family() != remote.family() || leadsToItself) {
      return ShortcutAnswer.UNACCEPTABLE;
    }
    List<Vpn> present = present(suggester);
    Advpn advpn = suggester.gateway.advpn();
    if (present.stream().anyMatch(vpn -> isBeingBuilt(vpn, suggestion))) {
      return ShortcutAnswer.BUSY;
    }
    return advpn == null || present.size() >= advpn.connectionLimit()
        ? ShortcutAnswer.CONNECTION_LIMIT
        : ShortcutAnswer.ACCEPTED;
  }

  /** Those that peer has suggested, but for those that have ended. */
  private List<Vpn> present(Vpn suggester) {
    return vpns.peersOf(suggester).values().stream()
        .filter(vpn -> shortcut(vpn).state != Shortcut.State.ENDED)
        .toList();
  }

  private static boolean isBeingBuilt(Vpn vpn, ShortcutSuggestion suggestion) {
    Shortcut shortcut = shortcut(vpn);
    return shortcut.identifier.equals(suggestion.identifier())
        || (shortcut.state == Shortcut.State.AWAITED
            && shortcut.remote.equals(suggestion.partner()));
  }

  private static Shortcut shortcut(Vpn vpn) {
    return IkeSa.present(vpn.shortcut);
  }

  private void begin(Vpn suggester, ChildPolicy carrier, ShortcutSuggestion suggestion, Step step) {
    Shortcut shortcut =
        new Shortcut(
            suggestion.identifier(),
            suggestion.partner(),
            identity(suggestion.partnerName()),
            suggestion.begins(),
            step.now());
    GatewayConfig gateway =
        suggester.gateway.shortcut(
            suggestion.partner().address(),
            new IkeIdentity.Hostname(suggestion.ownName()),
            new IkeIdentity.Hostname(suggestion.partnerName()),
            suggestion.secret(),
            DETECTION);
    Vpn vpn =
        configurator.shortcutCame(suggester, shortcut, gateway, config(carrier, suggestion), step);
    timers.start(new IkeTimer.ShortcutDue(vpn.name()), step.now().plus(suggestion.validFor()));
  }

  /** As the suggester has made it part of the name. */
  private static String identity(String name) {
    return name.substring(name.indexOf('.') + 1);
  }

  private static VpnConfig config(ChildPolicy carrier, ShortcutSuggestion suggestion) {
    VpnConfig config = carrier.config;
    ChildSelectors selectors =
        new ChildSelectors(
            "",
            ChildSelectors.Kind.PROXY_IDENTITY,
            Selectors.narrow(asSelectors(suggestion.own()), carrier.selectors.local()),
            Selectors.narrow(asSelectors(suggestion.beyond()), carrier.selectors.remote()),
            ChildSelectors.DEFAULT_METRIC,
            ChildSelectors.DEFAULT_PREFERENCE);
    return new VpnConfig(
        config.name(),
        config.bindInterface(),
        config.gateway(),
        config.policyName(),
        config.proposals(),
        config.pfsGroup(),
        config.dfBit(),
        suggestion.begins() ? EstablishTunnels.IMMEDIATELY : EstablishTunnels.RESPONDER_ONLY,
        config.replayWindow(),
        List.of(selectors));
  }

  private static List<TrafficSelector> asSelectors(List<IpPrefix> prefixes) {
    return prefixes.stream()
        .map(prefix -> SelectorPrefixes.selector(prefix, 0, 0, SelectorPrefixes.MAX_PORT))
        .toList();
  }

  private static void refused(IkeSa ike, ShortcutAnswer answer, Step step) {
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.WARN,
                "IKE_SHORTCUT_REFUSED",
                "gateway",
                ike.vpn == null ? "" : ike.vpn.gateway.name(),
                "remote",
                ike.remote,
                "answer",
                answer.name())));
  }

  // Its life.

  /** It carries packets from here on. */
  public void up(Vpn vpn, Step step) {
    Shortcut shortcut = shortcut(vpn);
    shortcut.state = Shortcut.State.UP;
    shortcut.busyAt = step.now();
    shortcut.countedAt = step.now();
    counters.established++;
    report(Level.INFO, "IKE_SHORTCUT_UP", vpn, "", step);
  }

  /**
   * The secret has served its time. What has not come up until then does not: whoever else knows
   * the secret, the suggester, is to be trusted for that moment alone.
   */
  public void due(Vpn vpn, Step step) {
    Shortcut shortcut = shortcut(vpn);
    shortcut.open = false;
    vpns.peersChanged();
    if (shortcut.state != Shortcut.State.AWAITED) {
      vpn.gateway.preSharedKey().erase();
      return;
    }
    String text =
        vpn.lastFailure.isEmpty()
            ? "NO_RESPONSE: nothing came from " + shortcut.remote
            : vpn.lastFailure;
    counters.failed++;
    remember(vpn, "failed", text, step.now());
    report(Level.WARN, "IKE_SHORTCUT_FAILED", vpn, text, step);
    configurator.abandon(vpn, DownReason.NO_RESPONSE, text, step);
  }

  /**
   * Its pairs have carried so many packets, both ways, since the last call. It goes when they have
   * been few for as long as is configured.
   */
  public void carried(Vpn vpn, long packets, Step step) {
    Shortcut shortcut = shortcut(vpn);
    Advpn advpn = vpn.group == null ? null : vpn.group.gateway.advpn();
    long millis = Duration.between(shortcut.countedAt, step.now()).toMillis();
    if (shortcut.state != Shortcut.State.UP || advpn == null || millis <= 0) {
      return;
    }
    shortcut.countedAt = step.now();
    if (packets * 1000 >= advpn.idleThreshold() * millis) {
      shortcut.busyAt = step.now();
    } else if (!step.now().isBefore(shortcut.busyAt.plus(advpn.idleTime()))) {
      String text =
          "fewer than %d packets a second for %d seconds"
              .formatted(advpn.idleThreshold(), advpn.idleTime().toSeconds());
      endIkeSas(vpn, DownReason.CLEARED, text, step);
    }
  }

  /** It has no pair to send by any more: what is left of it ends as well. */
  public void ended(Vpn vpn, DownReason reason, String text, Step step) {
    Shortcut shortcut = shortcut(vpn);
    if (shortcut.state == Shortcut.State.UP) {
      shortcut.state = Shortcut.State.ENDED;
      remember(vpn, "ended", text, step.now());
      report(Level.INFO, "IKE_SHORTCUT_DOWN", vpn, text, step);
      endIkeSas(vpn, reason, text, step);
    }
  }

  private void endIkeSas(Vpn vpn, DownReason reason, String text, Step step) {
    for (IkeSa ike : IkeSaTable.of(vpn)) {
      if (ike.isEstablished()) {
        lifecycle.delete(ike, reason, text, step);
      }
    }
  }

  private static void report(Level level, String tag, Vpn vpn, String text, Step step) {
    Shortcut shortcut = shortcut(vpn);
    step.add(
        new Effect.Report(
            Notice.limited(
                level,
                tag,
                "vpn",
                vpn.config.name(),
                "interface",
                vpn.config.bindInterface(),
                "partner",
                shortcut.partner,
                "remote",
                shortcut.remote,
                "text",
                text)));
  }

  // What operators see.

  private void remember(Vpn vpn, String state, String text, Instant now) {
    past.add(view(vpn, state, text, now));
    if (past.size() > MOST_REMEMBERED) {
      past.removeFirst();
    }
  }

  /** Those there are, and the last that have gone, the newest last. */
  public List<ShortcutView> views() {
    Collection<Vpn> all = vpns.all().values();
    List<ShortcutView> views = new ArrayList<>();
    for (Vpn vpn : all) {
      Optional.ofNullable(vpn.shortcut)
          .filter(shortcut -> shortcut.state != Shortcut.State.ENDED)
          .map(shortcut -> view(vpn, shortcut.state.name().toLowerCase(Locale.ROOT), "", vpn.since))
          .ifPresent(views::add);
    }
    views.addAll(past);
    return views;
  }

  private static ShortcutView view(Vpn vpn, String state, String text, Instant since) {
    Endpoint remote = shortcut(vpn).remote;
    ChildPolicy policy = vpn.policies.getFirst();
    return new ShortcutView(
        policy.number,
        vpn.config.name(),
        vpn.gateway.name(),
        vpn.config.bindInterface(),
        shortcut(vpn).partner,
        remote,
        policy.selectors.local(),
        policy.selectors.remote(),
        state,
        since,
        text);
  }
}
