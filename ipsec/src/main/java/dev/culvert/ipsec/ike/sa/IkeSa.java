package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.crypto.IkeKeys;
import dev.culvert.ipsec.crypto.IkeProtection;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.negotiation.IkeSuite;
import dev.culvert.ipsec.ike.negotiation.NatDetection;
import dev.culvert.ipsec.ike.path.ProbeSizes;
import dev.culvert.ipsec.sa.Spi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One IKE SA and what it knows of its peer. Confined to the engine. */
public final class IkeSa {
  public enum State {
    /** Initiator: waiting for our key pair or for the IKE_SA_INIT response. */
    INITIATING,
    /** Initiator: waiting for g^ir or for the IKE_AUTH response. */
    AUTHENTICATING,
    /** Responder: waiting for g^ir or for the IKE_AUTH request. */
    HALF_OPEN,
    ESTABLISHED,
    /** Replaced by a rekey; only its deletion is left to do. */
    REKEYED,
    /** Our delete is queued or on its way. */
    DELETING,
    /** Failed or deleted: kept for a while to repeat the last response. */
    CLOSED
  }

  public final int index;
  public final boolean initiator;
  public final long localSpi;
  public final MessageWindow window = new MessageWindow();
  public final IkeSaCounters counters = new IkeSaCounters();
  public final Reassembly requests = new Reassembly();
  public final Reassembly responses = new Reassembly();
  public final Instant created;

  /** Of which it is the owner, by inbound SPI; {@link ChildPairTable} keeps them. */
  public final SortedMap<Spi, ChildPair> pairs = new TreeMap<>();

  /** Where the peer was when the SA was made. */
  final Endpoint begunAt;

  public long remoteSpi;
  public Endpoint local;
  public Endpoint remote;
  public State state;

  /** Null for a responder until the peer has said who it is, and after the VPN is gone. */
  public @Nullable Vpn vpn;

  public @Nullable IkeSuite suite;
  public @Nullable IkeProposal proposal;
  public @Nullable IkeKeys keys;
  public @Nullable IkeProtection outbound;
  public @Nullable IkeProtection inbound;
  public Octets initiatorNonce = Octets.EMPTY;
  public Octets responderNonce = Octets.EMPTY;
  public @Nullable IkeIdentity localIdentity;
  public @Nullable IkeIdentity remoteIdentity;

  public boolean localBehindNat;
  public boolean remoteBehindNat;
  public boolean udpEncapsulated;
  public boolean fragmentation;

  /**
   * The peer is of our kind: it joins the fragments of a path probe (RFC 7383). That it announced
   * IKEV2_FRAGMENTATION_SUPPORTED does not say so: a strongSwan built with its mediation extension,
   * as Debian's is, takes each INFORMATIONAL whose first payload is not the Encrypted one for an
   * unprotected one, and drops it.
   */
  public boolean joinsProbes;

  public @Nullable Instant established;
  public @Nullable Instant expires;
  public @Nullable Instant rekeys;

  /**
   * The peer was heard on it since it was established, or since another IKE SA made it doubtful:
   * both sides have it.
   */
  public boolean confirmed;

  // Of the initial exchanges only.
  public Octets initRequest = Octets.EMPTY;

  /** As the responder: the same without a cookie, which all requests of that attempt have. */
  public Octets initAttempt = Octets.EMPTY;

  /**
   * As the responder: that request with a cookie, should the initiator have been heard without it
   * first. It signs the one that it believes to be answered (RFC 7296 §2.15).
   */
  public Octets initRequestWithCookie = Octets.EMPTY;

  public Octets initResponse = Octets.EMPTY;
  public Octets cookie = Octets.EMPTY;
  public @Nullable DhKeyPair keyPair;
  public int initRestarts;

  /**
   * As the initiator: the response may be to a request with another cookie, or without one, than
   * the last. Nothing in it tells.
   */
  public boolean initFormUncertain;

  /** Operators know that the peer does not answer, and it is counted as a failure. */
  public boolean silenceTold;

  /** As the initiator: what the peer wanted by INVALID_KE_PAYLOAD, and the request has since. */
  public @Nullable DhGroup groupAskedFor;

  /**
   * As the responder: messages on it, while it was half-open, that nobody with its keys has sent.
   */
  public int forgeries;

  /** The rekey of this SA that we began, until it is settled. */
  public @Nullable PendingIkeRekey ownRekey;

  /** What took its place by a rekey, and has its children. */
  public @Nullable IkeSa successor;

  /** What the peer asked for by INVALID_KE_PAYLOAD, for the next rekey; null: the SA's own. */
  public @Nullable DhGroup rekeyGroup;

  /** Of our CREATE_CHILD_SA requests on it, in a row. */
  public int refusals;

  /** The peer gives nothing more on it: a fresh IKE SA takes its place. */
  public boolean spent;

  /** It is spent because a probe of the path had all its patience and was not answered. */
  public boolean spentByProbe;

  /** The peer seems to take it for ended, or cannot be understood on it. */
  public boolean doubted;

  /** The request under way was repeated in vain: the data path is asked whether the peer lives. */
  public boolean verdictDue;

  /** We made the tunnel's first pair, and the peer takes more (RFC 9611) and has not refused. */
  public boolean asksForPairs;

  /** Peer's SPIs of pairs that it has deleted before we had its response that makes them. */
  public final Set<Spi> deletedInAdvance = new LinkedHashSet<>();

  /** The peer's last authentic message that was none of before. */
  public Instant heardAt;

  /** When our request under way was sent first. */
  public Instant requestSentAt = Instant.EPOCH;

  /** An SPI that the peer used and we do not know. */
  public @Nullable Suspect suspect;

  public int invalidSpisAnswered;

  /** As the table has it, which keeps it. */
  @Nullable IdentityPair knownBetween;

  /** Of ours, that rekeys of this one have named to the peer. */
  final List<Long> promisedSpis = new ArrayList<>();

  /** When the peer was last asked whether it lives because somebody had cast doubt on it. */
  public Instant doubtedAt = Instant.EPOCH;

  /** By which the peer proves that it has lost the IKE SA (RFC 6290). */
  private @Nullable Secret crashToken;

  private long ivCounter;

  public IkeSa(
      int index, boolean initiator, long localSpi, Endpoint local, Endpoint remote, Instant now) {
    this.index = index;
    this.initiator = initiator;
    this.localSpi = localSpi;
    this.local = local;
    this.remote = remote;
    this.begunAt = remote;
    this.created = now;
    this.heardAt = now;
    this.state = initiator ? State.INITIATING : State.HALF_OPEN;
  }

  /** We have begun it, and the peer has not authenticated itself yet. */
  public boolean isAttemptOfOurs() {
    return state == State.INITIATING || state == State.AUTHENTICATING;
  }

  public long initiatorSpi() {
    return initiator ? localSpi : remoteSpi;
  }

  public long responderSpi() {
    return initiator ? remoteSpi : localSpi;
  }

  public boolean isEstablished() {
    return state == State.ESTABLISHED;
  }

  /**
   * What is there in its place: itself, or what the last of the rekeys since has made. Null if that
   * has ended.
   */
  public @Nullable IkeSa heir() {
    IkeSa last = this;
    while (last.successor != null) {
      last = last.successor;
    }
    return last.isEstablished() ? last : null;
  }

  /** RFC 7296 §2.8.1: of two SAs, the one that holds the lowest of all nonces is redundant. */
  public Octets lowestNonce() {
    return initiatorNonce.compareTo(responderNonce) <= 0 ? initiatorNonce : responderNonce;
  }

  /** What the peer's proof may be of: its message of IKE_SA_INIT (RFC 7296 §2.15). */
  public List<Octets> signedByPeer() {
    if (initiator) {
      return List.of(initResponse);
    }
    return initRequestWithCookie.length() == 0
        ? List.of(initRequest)
        : List.of(initRequest, initRequestWithCookie);
  }

  /** An AEAD's IV must not repeat under a key; a counter cannot. */
  long nextIv() {
    return ivCounter++;
  }

  public @Nullable Secret crashToken() {
    return crashToken;
  }

  public void keepCrashToken(@Nullable Secret token) {
    if (crashToken != null) {
      crashToken.erase();
    }
    crashToken = token;
  }

  /** What sizes a probe of its path can have. */
  public ProbeSizes probeSizes() {
    return ProbeSizes.of(local, remote, suite().cipher());
  }

  /**
   * What NAT detection has found, where the VPN takes part in it.
   *
   * @param pretended one of us claims to be behind a NAT, as a matter of course between Culverts
   */
  public void found(NatDetection.Finding finding, boolean pretended) {
    boolean allowed = vpn == null || vpn.gateway.natTraversal();
    boolean forced = vpn != null && vpn.gateway.forceUdpEncapsulation();
    if (allowed && finding.supported()) {
      localBehindNat = finding.localBehindNat();
      remoteBehindNat = finding.remoteBehindNat();
      udpEncapsulated =
          pretended || forced || finding.localBehindNat() || finding.remoteBehindNat();
    }
  }

  public IkeSuite suite() {
    return present(suite);
  }

  public IkeKeys keys() {
    return present(keys);
  }

  /** From the initial exchange (RFC 7296 §2.14); the secret is erased. */
  public void deriveKeys(Secret shared) {
    key(KeyDerivation.skeyseed(suite().prf(), initiatorNonce, responderNonce, shared));
    shared.erase();
  }

  /** As a rekey has made it of another (RFC 7296 §2.18); the secret is erased. */
  public void deriveKeys(IkeSa old, Secret shared) {
    key(
        KeyDerivation.rekeyedSkeyseed(
            old.suite().prf(), old.keys().skD(), initiatorNonce, responderNonce, shared));
    shared.erase();
  }

  private void key(Secret skeyseed) {
    IkeKeys derived =
        KeyDerivation.ikeKeys(
            suite().prf(),
            suite().cipher(),
            skeyseed,
            initiatorNonce,
            responderNonce,
            initiatorSpi(),
            responderSpi());
    IkeProtection ofInitiator = new IkeProtection(suite().cipher(), derived.skEi(), derived.skAi());
    IkeProtection ofResponder = new IkeProtection(suite().cipher(), derived.skEr(), derived.skAr());
    keys = derived;
    outbound = initiator ? ofInitiator : ofResponder;
    inbound = initiator ? ofResponder : ofInitiator;
    skeyseed.erase();
  }

  /** It has ended: nothing is left of its secrets. */
  public void erase() {
    if (keys != null) {
      keys.erase();
    }
    if (outbound != null && inbound != null) {
      outbound.erase();
      inbound.erase();
    }
    if (keyPair != null) {
      keyPair.erase();
    }
    if (crashToken != null) {
      crashToken.erase();
    }
    MessageWindow.Outstanding outstanding = window.outstanding();
    if (outstanding != null) {
      outstanding.request().erase();
    }
    window.queue().forEach(QueuedRequest::erase);
  }

  /** An SPI that was unknown once, and when. */
  public record Suspect(Spi spi, Instant since) {}

  /** For values that the state guarantees. */
  public static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not negotiated yet");
    }
    return value;
  }

  /** Two of these, ours and the peer's, may run at once (RFC 7296 §2.25.2). */
  public static final class PendingIkeRekey {
    /** What the peer may choose from. */
    public final List<IkeProposal> offered;

    /** The peer may have acted upon it. */
    public boolean sent;

    /** What the peer's own rekey of the same SA made, if it rekeyed too. */
    public @Nullable IkeSa madeByPeer;

    public PendingIkeRekey(List<IkeProposal> offered) {
      this.offered = offered;
    }

    /**
     * The same, unless that has ended. A peer that has settled its rekey may have gone on to rekey
     * the outcome before it deletes the SA that we are still rekeying.
     */
    public @Nullable IkeSa rival() {
      return madeByPeer != null && madeByPeer.heir() != null ? madeByPeer : null;
    }
  }
}
