package dev.culvert.ipsec.ike.shortcut;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.ShortcutAnswer;
import dev.culvert.ipsec.ike.message.ShortcutSuggestion;
import dev.culvert.ipsec.ike.negotiation.NatDetection;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Selectors;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.ShortcutCounters;
import dev.culvert.ipsec.ike.sa.ShortcutPair;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnTable;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells two peers that talk through us of each other. What it costs us is bounded. */
public final class ShortcutSuggester {
  /** Pairs of peers that are known to talk; of more the one that was silent longest gives way. */
  static final int MOST_PAIRS = 4_096;

  /** A single packet is no talk: two have to come so far apart, and no farther. */
  static final Duration LEAST_TALK = Duration.ofSeconds(1);

  static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);

  /** For the two to build it. */
  static final Duration VALIDITY = Duration.ofSeconds(40);

  /** To the next suggestion to the same two, and twice that after each that nothing came of. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(60);

  private static final int LONGEST_PAUSE_SHIFT = 4;

  /** Two of whom nothing has passed us for so long have had their shortcut. */
  static final Duration SUCCESS = Duration.ofSeconds(90);

  /** After one of the two has declined. */
  static final Duration DECLINED_PAUSE = Duration.ofMinutes(5);

  /** What is left of an identity in the name for a shortcut. */
  private static final int LONGEST_IDENTITY = 200;

  private static final class Talk {
    Instant began;
    Instant lastHeard;
    Instant notBefore = Instant.EPOCH;

    /** In a row. */
    int suggestions;

    /** Where packets to each of the two have gone: those that left by it are what is behind it. */
    @Nullable IpAddress behindLower;

    @Nullable IpAddress behindHigher;

    Talk(Instant now) {
      began = now;
      lastHeard = now;
    }
  }

  private final VpnTable vpns;
  private final RandomValues random;
  private final ShortcutCounters counters;

  /** The one that was silent longest is the first. */
  private final Map<ShortcutPair, Talk> talks = new LinkedHashMap<>();

  public ShortcutSuggester(VpnTable vpns, RandomValues random, ShortcutCounters counters) {
    this.vpns = vpns;
    this.random = random;
    this.counters = counters;
  }

  /**
   * A packet has come by one peer and left by another. Who sends may say that it is anybody, and
   * who is sent to is by our own routes: so both have to be sent to before the two are told.
   */
  public void talk(InterfaceName unit, int from, int to, IpAddress destination, Step step) {
    if (toldSa(vpns.get(from)) == null || toldSa(vpns.get(to)) == null) {
      return;
    }
    ShortcutPair pair = ShortcutPair.of(from, to);
    Talk talk = heard(pair, step.now());
    if (to == pair.lower()) {
      talk.behindLower = destination;
    } else {
      talk.behindHigher = destination;
    }
    boolean lasts = !step.now().isBefore(talk.began.plus(LEAST_TALK));
    IpAddress lower = talk.behindLower;
    IpAddress higher = talk.behindHigher;
    if (lasts && lower != null && higher != null && !step.now().isBefore(talk.notBefore)) {
      int shift = Math.min(talk.suggestions, LONGEST_PAUSE_SHIFT);
      talk.suggestions++;
      talk.notBefore = step.now().plus(FIRST_PAUSE.multipliedBy(1L << shift));
      step.add(new Effect.FindRoutes(unit, pair.lower(), pair.higher(), lower, higher));
    }
  }

  private Talk heard(ShortcutPair pair, Instant now) {
    Talk talk = talks.remove(pair);
    if (talk == null) {
      talk = new Talk(now);
    } else if (now.isAfter(talk.lastHeard.plus(LONGEST_SILENCE))) {
      talk.began = now;
      talk.behindLower = null;
      talk.behindHigher = null;
      talk.suggestions = now.isAfter(talk.lastHeard.plus(SUCCESS)) ? 0 : talk.suggestions;
    }
    talk.lastHeard = now;
    talks.put(pair, talk);
    if (talks.size() > MOST_PAIRS) {
      talks.remove(talks.keySet().iterator().next());
    }
    return talk;
  }

  /** The IKE SA on which a peer that builds shortcuts is told; null if there is none. */
  private @Nullable IkeSa toldSa(@Nullable Vpn vpn) {
    if (vpn == null || !vpns.holds(vpn) || !vpn.up || !vpn.mayBeTold()) {
      return null;
    }
    return IkeSaTable.current(vpn).filter(ike -> !ike.spent).orElse(null);
  }

  /** It is known what is behind the two. */
  public void suggest(int one, int other, IpPrefix ofOne, IpPrefix ofOther, Step step) {
    IkeSa oneSa = toldSa(vpns.get(one));
    IkeSa otherSa = toldSa(vpns.get(other));
    if (oneSa == null || otherSa == null || !mayMeet(oneSa.remote, otherSa.remote)) {
      return;
    }
    boolean isOtherReached = !otherSa.remoteBehindNat || oneSa.remoteBehindNat;
    IkeSa first = isOtherReached ? otherSa : oneSa;
    IkeSa second = isOtherReached ? oneSa : otherSa;
    List<IpPrefix> ofFirst = behind(first, isOtherReached ? ofOther : ofOne);
    List<IpPrefix> ofSecond = behind(second, isOtherReached ? ofOne : ofOther);
    if (ofFirst.isEmpty() || ofSecond.isEmpty()) {
      return;
    }
    Octets identifier = Octets.wrap(random.octets(ShortcutSuggestion.IDENTIFIER_LENGTH));
    byte[] secret = random.octets(ShortcutSuggestion.SECRET_LENGTH);
    String firstName = name("a", identifier, first);
    String secondName = name("b", identifier, second);
    ShortcutSuggestion toFirst =
        new ShortcutSuggestion(
            identifier,
            Secret.copyOf(secret),
            first.remoteBehindNat,
            VALIDITY,
            endpoint(second),
            firstName,
            secondName,
            ofFirst,
            ofSecond);
    ShortcutSuggestion toSecond =
        new ShortcutSuggestion(
            identifier,
            Secret.copyOf(secret),
            true,
            VALIDITY,
            endpoint(first),
            secondName,
            firstName,
            ofSecond,
            ofFirst);
    Arrays.fill(secret, (byte) 0);
    QueuedRequest.ToPartner next = new QueuedRequest.ToPartner(IkeSa.present(second.vpn), toSecond);
    enqueue(
        first, new QueuedRequest.SuggestShortcut(toFirst, ShortcutPair.of(one, other), next), step);
  }

  /** Of that prefix what the peer has agreed to be the end of. */
  private static List<IpPrefix> behind(IkeSa ike, IpPrefix prefix) {
    List<TrafficSelector> agreed =
        IkeSa.present(ike.vpn).policies.stream()
            .map(ChildPolicy::leading)
            .filter(Objects::nonNull)
            .flatMap(pair -> pair.sa.remoteSelectors().stream())
            .toList();
    TrafficSelector all = SelectorPrefixes.selector(prefix, 0, 0, SelectorPrefixes.MAX_PORT);
    return Selectors.narrow(List.of(all), agreed).stream()
        .flatMap(selector -> SelectorPrefixes.prefixes(selector).stream())
        .distinct()
        .limit(ShortcutSuggestion.MOST_PREFIXES)
        .toList();
  }

  /** Two behind one NAT are known by one address, and may not reach each other by it. */
  private static boolean mayMeet(Endpoint one, Endpoint other) {
    return one.address().family() == other.address().family()
        && !one.address().equals(other.address());
  }

  /** Where a peer's port 4500 is seen from outside. */
  private static Endpoint endpoint(IkeSa ike) {
    return ike.udpEncapsulated ? ike.remote : new Endpoint(ike.remote.address(), NatDetection.PORT);
  }

  /** Nobody else has that name; that the peer is in it is for operators. */
  private static String name(String side, Octets identifier, IkeSa ike) {
    String identity = Objects.toString(ike.remoteIdentity, "").replaceAll("[^!-~]", "_");
    String shown = identity.substring(0, Math.min(identity.length(), LONGEST_IDENTITY));
    return side + "-" + HexFormat.of().formatHex(identifier.toByteArray()) + "." + shown;
  }

  private static void enqueue(IkeSa ike, QueuedRequest.SuggestShortcut request, Step step) {
    ike.window.enqueue(request);
    step.add(new Effect.SendNext(ike));
  }

  /** Its turn has come. */
  public void send(IkeSa ike, QueuedRequest.SuggestShortcut queued, Step step) {
    counters.sent++;
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.SuggestShortcut(queued),
            List.of(
                Payload.Notify.of(NotifyType.SHORTCUT_SUGGESTION, queued.suggestion().encode()))));
  }

  /** A partner has answered: the other is told if this one is willing. */
  public void answered(QueuedRequest.SuggestShortcut queued, Payloads response, Step step) {
    ShortcutAnswer answer =
        response
            .notify(NotifyType.SHORTCUT_ANSWER)
            .flatMap(notify -> answer(notify.data()))
            .orElse(ShortcutAnswer.NOT_A_PARTNER);
    counters.answered(answer);
    queued.suggestion().secret().erase();
    QueuedRequest.ToPartner next = queued.next();
    IkeSa nextSa = next == null ? null : toldSa(next.partner());
    if (answer != ShortcutAnswer.ACCEPTED) {
      queued.erase();
      declined(queued, answer, step);
    } else if (nextSa != null && next != null) {
      enqueue(
          nextSa, new QueuedRequest.SuggestShortcut(next.suggestion(), queued.pair(), null), step);
    } else if (next == null) {
      report("IKE_SHORTCUT_SUGGESTED", queued, "accepted", step);
    } else {
      queued.erase();
    }
  }

  private static Optional<ShortcutAnswer> answer(Octets data) {
    return ShortcutAnswer.decode(data) instanceof Decoded.Ok<ShortcutAnswer>(var answer)
        ? Optional.of(answer)
        : Optional.empty();
  }

  private void declined(QueuedRequest.SuggestShortcut queued, ShortcutAnswer answer, Step step) {
    Talk talk = talks.get(queued.pair());
    Instant least = step.now().plus(DECLINED_PAUSE);
    if (talk != null && talk.notBefore.isBefore(least)) {
      talk.notBefore = least;
    }
    report("IKE_SHORTCUT_DECLINED", queued, answer.name(), step);
  }

  private static void report(
      String tag, QueuedRequest.SuggestShortcut queued, String answer, Step step) {
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.INFO,
                tag,
                "partner",
                queued.suggestion().ownName(),
                "other",
                queued.suggestion().partnerName(),
                "answer",
                answer)));
  }
}
