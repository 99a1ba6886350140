package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Quick Crash Detection (RFC 6290), in both of its roles. As the token maker we give each peer, in
 * IKE_AUTH and after each rekey of the IKE SA, a token that only we can make; it is made of the two
 * SPIs and a secret that outlives this process. After a restart we make it again for whoever speaks
 * on an IKE SA that we have lost. As the token taker we keep the peer's, and believe that it has
 * lost the IKE SA once it shows it: what else is unprotected may be a lie.
 */
public final class QuickCrashDetection {
  /** What {@link Prf#HMAC_SHA2_256} makes, between the bounds of RFC 6290 §4.1. */
  public static final int TOKEN_LENGTH = 32;

  private static final int SHORTEST_TOKEN = 16;
  private static final int LONGEST_TOKEN = 128;

  /** RFC 6290 §4.5: a maker may show those of so many generations of its secret. */
  private static final int MOST_TOKENS = 4;

  /**
   * A peer that loses one IKE SA after the other is waited for as after any other failure, so that
   * it does not keep us busy.
   */
  private static final Duration LIVED = Duration.ofSeconds(10);

  private final IkeSaTable ikeSas;
  private final Statistics statistics;
  private final Secret secret;

  /**
   * @param secret the same after each restart; never leaves this object
   */
  public QuickCrashDetection(IkeSaTable ikeSas, Statistics statistics, Secret secret) {
    this.ikeSas = ikeSas;
    this.statistics = statistics;
    this.secret = secret;
  }

  // The token maker.

  /** Tells the peer, in a protected message, the token of that IKE SA, whose SPIs both know. */
  public Payload.Notify token(IkeSa ike) {
    return token(ike.initiatorSpi(), ike.responderSpi());
  }

  /** The same in a request of its own. */
  public void sendToken(IkeSa ike, Step step) {
    step.add(new Effect.SendRequest(ike, new PendingRequest.Probe(), List.of(token(ike))));
  }

  /**
   * What goes with INVALID_IKE_SPI to whoever sent a protected request that names no IKE SA of
   * ours. Nothing where one of the SPIs is, or is about to be, in use: the token of a living IKE SA
   * would let anybody end it (RFC 6290 §9.2).
   */
  public List<Payload> shown(IkeHeader request) {
    boolean mayLive =
        ikeSas.mayBeInUse(request.initiatorSpi()) || ikeSas.mayBeInUse(request.responderSpi());
    return mayLive ? List.of() : List.of(token(request.initiatorSpi(), request.responderSpi()));
  }

  private Payload.Notify token(long initiatorSpi, long responderSpi) {
    Octets spis = new WireWriter().u64(initiatorSpi).u64(responderSpi).toOctets();
    return new Payload.Notify(
        Proposal.PROTOCOL_IKE,
        Octets.EMPTY,
        NotifyType.QCD_TOKEN.wireValue(),
        KeyDerivation.crashToken(secret, spis));
  }

  // The token taker.

  /** Keeps the token that the peer has told in a protected message; a later one replaces it. */
  public static void keep(IkeSa ike, Payloads payloads) {
    Secret token = tokenIn(payloads);
    if (token != null) {
      ike.keepCrashToken(token);
    }
  }

  /** The token in a protected message; null if there is none, or none that will do. */
  static @Nullable Secret tokenIn(Payloads payloads) {
    return payloads
        .notify(NotifyType.QCD_TOKEN)
        .map(Payload.Notify::data)
        .filter(data -> data.length() >= SHORTEST_TOKEN && data.length() <= LONGEST_TOKEN)
        .map(data -> Secret.copyOf(data.toByteArray()))
        .orElse(null);
  }

  /**
   * An unprotected message came on that IKE SA. If it answers the request that is under way, and
   * shows the peer's token, the peer has lost the IKE SA: it goes without a word, and all begins
   * anew. An answer to any other may be older than the IKE SA on the peer's side.
   *
   * @return whether it does
   */
  public boolean isProof(IkeSa ike, IkeHeader header, Payloads response, Step step) {
    Secret kept = ike.crashToken();
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (kept == null
        || outstanding == null
        || !header.response()
        || header.messageId() != outstanding.messageId()
        || header.exchangeType() != outstanding.request().exchange().wireValue()
        || !response.has(NotifyType.INVALID_IKE_SPI)) {
      return false;
    }
    boolean proven =
        response.all().stream()
            .filter(p -> p instanceof Payload.Notify n && n.is(NotifyType.QCD_TOKEN))
            .limit(MOST_TOKENS)
            .map(p -> Secret.copyOf(((Payload.Notify) p).data().toByteArray()))
            .anyMatch(kept::equals);
    if (proven) {
      lost(ike, step);
    }
    return proven;
  }

  private void lost(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    boolean hasLived = !step.now().isBefore(ike.created.plus(LIVED));
    statistics.crashesProven++;
    String text = "peer has restarted, and proves it (RFC 6290)";
    step.add(new Effect.CloseIkeSa(ike, DownReason.DELETED_BY_PEER, text));
    if (vpn != null && hasLived) {
      step.add(new Effect.TryAtOnce(vpn));
    }
  }
}
