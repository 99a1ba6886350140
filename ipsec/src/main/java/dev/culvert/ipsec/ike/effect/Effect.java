package dev.culvert.ipsec.ike.effect;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to follow from a message, a timer or a result, outside of what the one who decides it
 * knows itself.
 *
 * <p>An effect is carried out at once, in the order in which effects are added to the {@link Step}:
 * whoever goes on after that meets what has come of it. An IKE SA that was to be closed is closed.
 */
public sealed interface Effect {

  /** Something is sent to a peer. */
  sealed interface OfMessage extends Effect {}

  /** A request of ours on an IKE SA whose window is free; it is repeated until it is answered. */
  record SendRequest(IkeSa ike, PendingRequest request, List<Payload> payloads)
      implements OfMessage {}

  /** The response to the peer's request under way; it is kept for repetitions. */
  record SendResponse(IkeSa ike, ExchangeType exchange, int messageId, List<Payload> payloads)
      implements OfMessage {}

  /** The request under way once more. */
  record RepeatRequest(IkeSa ike) implements OfMessage {}

  /** The same, although its time has not come; it is not counted as an attempt. */
  record RepeatAheadOfTime(IkeSa ike) implements OfMessage {}

  /** The last response once more. */
  record RepeatResponse(IkeSa ike) implements OfMessage {}

  /** An answer of no IKE SA, to where that request came from. */
  record AnswerUnbound(IkeHeader request, Endpoint local, Endpoint remote, List<Payload> answer)
      implements OfMessage {
    public AnswerUnbound(
        IkeHeader request, Endpoint local, Endpoint remote, Payload.Notify answer) {
      this(request, local, remote, List.of(answer));
    }
  }

  /** A message of no IKE SA that nobody has asked for and nobody answers. */
  record TellUnbound(Endpoint local, Endpoint remote, Payload.Notify told) implements OfMessage {}

  /** What waits for the window of that IKE SA, as far as the window is free. */
  record SendNext(IkeSa ike) implements OfMessage {}

  /** Computations and timers. */
  sealed interface OfTime extends Effect {}

  record Compute(Computation computation, Continuation then) implements OfTime {}

  /** Nobody waits for what is computed for that IKE SA any more. */
  record AbandonComputations(IkeSa ike) implements OfTime {}

  /** Starts the timer, or sets it anew. */
  record StartTimer(IkeTimer timer, Instant at) implements OfTime {}

  record StopTimer(IkeTimer timer) implements OfTime {}

  /** What becomes of an IKE SA. */
  sealed interface OfIkeSa extends Effect {}

  /** A new one is begun, from that address of ours. */
  record BeginIkeSa(Vpn vpn, IpAddress localAddress) implements OfIkeSa {}

  /** It has its keys: the IKE_AUTH request follows. */
  record Authenticate(IkeSa ike) implements OfIkeSa {}

  /**
   * A peer has proven to be one of those that a gateway is for: it gets its tunnel, or none if it
   * is not to be let in.
   */
  record AdmitPeer(IkeSa ike, Vpn vpn, IkeIdentity peer) implements OfIkeSa {}

  record EstablishIkeSa(IkeSa ike) implements OfIkeSa {}

  /** It may not be the only one with its peer. */
  record SettleDuplicates(IkeSa ike, boolean initialContact) implements OfIkeSa {}

  /** A rekey has put the other in its place. */
  record ReplaceIkeSa(IkeSa old, IkeSa successor) implements OfIkeSa {}

  /** The peer is to delete it; should it not, we do after a while. */
  record AwaitDeletion(IkeSa ike) implements OfIkeSa {}

  /** It is forgotten, and its children with it. */
  record CloseIkeSa(IkeSa ike, DownReason reason, String text) implements OfIkeSa {}

  /** The same, and the peer is told. */
  record DeleteIkeSa(IkeSa ike, DownReason reason, String text) implements OfIkeSa {}

  /** Somebody says, and cannot prove, that its peer has lost it. */
  record DoubtPeer(IkeSa ike) implements OfIkeSa {}

  /** Its peer has given no sign for as long as a living one would not. */
  record PeerDead(IkeSa ike) implements OfIkeSa {}

  /** A fresh one takes its place, as nothing more is to be had on it. */
  record BeginSuccession(IkeSa ike, DownReason reason, String text) implements OfIkeSa {}

  /** The same, at a pace: what led to it may happen again on the fresh one. */
  record BeginPacedSuccession(IkeSa ike, DownReason reason, String text) implements OfIkeSa {}

  /** It has come with a child SA: what it was to replace may go. */
  record CompleteSuccession(IkeSa fresh) implements OfIkeSa {}

  /** The peer gives more on it after all. */
  record RefuteSuccession(IkeSa ike) implements OfIkeSa {}

  /** The peer deletes it: its pairs wait for those of the fresh one that is on its way, if any. */
  record HandPairsOver(IkeSa ike) implements OfIkeSa {}

  /** What becomes of an SA pair. */
  sealed interface OfPair extends Effect {}

  /**
   * Receives on it from here on.
   *
   * @param useNow sends on it too; else once the peer does, or must have it
   */
  record InstallPair(ChildPair pair, boolean useNow) implements OfPair {}

  /** Another is there in its place; it lives until it is deleted. */
  record MarkRekeyed(ChildPair pair) implements OfPair {}

  /** The peer is told that it ends. */
  record DeletePair(ChildPair pair) implements OfPair {}

  /** Both sides have deleted it. */
  record RetirePair(ChildPair pair, DownReason reason, String text) implements OfPair {
    public static RetirePair deletedByPeer(ChildPair pair) {
      String text = "IPSec SA is deleted because received DEL notification from peer";
      return new RetirePair(pair, DownReason.DELETED_BY_PEER, text);
    }
  }

  /** It carries nothing any more: was it the last of an IKE SA that gives no other? */
  record PairEnded(ChildPair pair) implements OfPair {}

  /** The peer has answered our request for a VPN's first pair, which is installed (RFC 9611). */
  record FirstPairMade(IkeSa ike, Vpn vpn, Payloads response) implements OfPair {}

  /** A queue's missing pair is asked for, if it is ours to ask. */
  record AskForPairs(Vpn vpn) implements OfPair {}

  record AskForPairsLater(Vpn vpn, Duration pause) implements OfPair {}

  /**
   * The policies of a VPN that have no pair are asked for.
   *
   * @param now false: the peer is about to do so, and we do if it does not
   */
  record AskForPolicies(Vpn vpn, boolean now) implements OfPair {}

  /**
   * One of several has been refused, while the IKE SA stands: it is told, and tried again later.
   */
  record PolicyFailed(
      IkeSa ike, ChildPolicy policy, DownReason reason, String text, List<String> remedies)
      implements OfPair {}

  /** The peer takes no more pairs. */
  record DoWithoutPairs(IkeSa ike, Vpn vpn, String reason) implements OfPair {}

  /** What becomes of a VPN. */
  sealed interface OfVpn extends Effect {}

  /** Something of that tunnel has ended: one of many peers goes with its last. */
  record ReviewPeer(Vpn vpn) implements OfVpn {}

  /** An attempt of ours has failed: it is told, and another follows after a pause. */
  record AttemptFailed(IkeSa ike, DownReason reason, String text, List<String> remedies)
      implements OfVpn {
    public AttemptFailed(IkeSa ike, DownReason reason, String text) {
      this(ike, reason, text, Effect.remedies(ike.vpn, reason));
    }
  }

  /** Something has failed, by us or by the peer: keeps and tells why, and what to change. */
  record TellFailure(Vpn vpn, DownReason reason, String text, List<String> remedies)
      implements OfVpn {
    public TellFailure(Vpn vpn, DownReason reason, String text) {
      this(vpn, reason, text, Effect.remedies(vpn, reason));
    }
  }

  /** The same of a message that proves nothing. */
  record TellSuspicion(Vpn vpn, DownReason reason, String text, List<String> remedies)
      implements OfVpn {}

  /** A failure that is worth no more words. */
  record CountFailure(Vpn vpn, DownReason reason) implements OfVpn {}

  /** Nothing is begun before that is over. */
  record Pause(Vpn vpn, Duration pause) implements OfVpn {}

  /** The same, the longer the more has failed in a row. */
  record PauseAfterFailures(Vpn vpn) implements OfVpn {}

  /** Something waits for the tunnel: what is missing is begun, unless it is paused. */
  record Want(Vpn vpn) implements OfVpn {}

  /** A shortcut carries packets. */
  record ShortcutUp(Vpn vpn) implements OfVpn {}

  /** It does not any more. */
  record ShortcutEnded(Vpn vpn, DownReason reason, String text) implements OfVpn {}

  /** What is missing is begun, pause or not. */
  record TryAtOnce(Vpn vpn) implements OfVpn {}

  /** Where no more is known than the reason. */
  private static List<String> remedies(@Nullable Vpn vpn, DownReason reason) {
    return vpn == null ? List.of() : Remedies.of(reason, vpn.gateway, vpn.config);
  }

  /** What the engine's surroundings are asked for: an action of the engine each. */
  sealed interface Outward extends Effect {}

  record OpenPort(IpAddress local) implements Outward {}

  record ClosePort(IpAddress local) implements Outward {}

  record SendNatKeepalive(Endpoint local, Endpoint remote) implements Outward {}

  /** One whose turn has come. */
  record RunComputation(long id, Computation computation) implements Outward {}

  record InstallChildSa(ChildSa sa) implements Outward {}

  record UseOutbound(Spi inboundSpi) implements Outward {}

  record RemoveChildSa(Spi inboundSpi) implements Outward {}

  record StopOutbound(Spi inboundSpi) implements Outward {}

  record MoveChildSa(Spi inboundSpi, Endpoint remote) implements Outward {}

  record ReadActivity(long ikeSpi, List<Spi> inboundSpis) implements Outward {}

  record TunnelChanged(InterfaceName tunnel, boolean up, String reason) implements Outward {}

  /** Empty: it leads nowhere any more. */
  record SelectorChanged(ChildPolicy policy, List<IpPrefix> remotes) implements Outward {}

  /** Zero: what the outer interface does. */
  record PathMtuChanged(InterfaceName tunnel, int pathMtu) implements Outward {}

  record TunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote)
      implements Outward {}

  record PeerUp(TunnelPeer peer) implements Outward {}

  record PeerDown(InterfaceName tunnel, int peer) implements Outward {}

  record PeerAddressFound(
      InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source)
      implements Outward {}

  /** Two peers of a unit, by their numbers, and an address behind each. */
  record FindRoutes(
      InterfaceName tunnel, int one, int other, IpAddress behindOne, IpAddress behindOther)
      implements Outward {}

  /** Look a peer's name up. */
  record LookUp(String vpn, String name) implements Outward {}

  record Report(Notice notice) implements Outward {}
}
