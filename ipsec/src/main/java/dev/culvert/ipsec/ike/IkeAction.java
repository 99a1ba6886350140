package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the {@link IkeEngine} asks of its surroundings. */
public sealed interface IkeAction {
  /** Bind UDP 500 and 4500 of that address; {@link IkeEvent.PortsRefused} says what is refused. */
  record OpenPort(IpAddress local) implements IkeAction {}

  record ClosePort(IpAddress local) implements IkeAction {}

  /**
   * There is an IKE SA whose messages are to be told from strangers', or what is known of it has
   * changed.
   *
   * @param remoteSpi 0 while the peer has not named it
   * @param halfOpen the peer has begun it and has not authenticated itself
   */
  record IkeSaKnown(long localSpi, long remoteSpi, boolean initiator, boolean halfOpen)
      implements IkeAction {}

  record IkeSaForgotten(long localSpi) implements IkeAction {}

  /** Who may begin an IKE SA from here on, and by which secrets cookies are made. */
  record AdmissionChanged(AdmissionPolicy policy) implements IkeAction {}

  /**
   * Where the peers of configured gateways are from here on, as far as that is configured:
   * strangers are not to use up what those may send.
   */
  record PeersChanged(Set<IpAddress> addresses) implements IkeAction {
    public PeersChanged {
      addresses = Set.copyOf(addresses);
    }
  }

  /**
   * Send an IKE message; from local port 4500 the non-ESP marker is put in front of it.
   *
   * @param dontFragment the message is a probe of its own size: it arrives whole or not at all
   */
  record SendDatagram(Endpoint local, Endpoint remote, Octets message, boolean dontFragment)
      implements IkeAction {}

  /** Send one octet 0xFF (RFC 3948 §2.3). */
  record SendNatKeepalive(Endpoint local, Endpoint remote) implements IkeAction {}

  /** Run it anywhere; the result comes back as {@link IkeEvent.Computed} with the same id. */
  record Compute(long id, Computation computation) implements IkeAction {}

  /** Receive on the pair's inbound SA at once; its outbound SA waits for {@link UseOutbound}. */
  record InstallChildSa(ChildSa sa) implements IkeAction {}

  /** The outbound SA of that pair carries the tunnel's packets from here on. */
  record UseOutbound(Spi inboundSpi) implements IkeAction {}

  /** Forget both SAs of the pair; the tunnel has no outbound SA if it was this pair's. */
  record RemoveChildSa(Spi inboundSpi) implements IkeAction {}

  /** The outbound SA of that pair carries nothing any more, and the inbound SA still receives. */
  record StopOutbound(Spi inboundSpi) implements IkeAction {}

  /**
   * Say which prefixes those two addresses are of, as routes lead to them by that unit; answered by
   * {@link IkeEvent.RoutesFound}.
   *
   * @param one the number of the peer that the first address is behind, likewise other: for the
   *     answer
   */
  record FindRoutes(
      InterfaceName tunnel, int one, int other, IpAddress behindOne, IpAddress behindOther)
      implements IkeAction {}

  /**
   * Say when packets of those pairs last came and went, by {@link IkeEvent.ActivityRead}.
   *
   * @param ikeSpi for the answer
   */
  record ReadActivity(long ikeSpi, List<Spi> inboundSpis) implements IkeAction {
    public ReadActivity {
      inboundSpis = List.copyOf(inboundSpis);
    }
  }

  /** The peer is elsewhere (NAT rebinding). */
  record MoveChildSa(Spi inboundSpi, Endpoint remote) implements IkeAction {}

  /** Up: at least one usable pair of any peer. A rekey changes nothing here. */
  record TunnelChanged(InterfaceName tunnel, boolean up, String reason) implements IkeAction {}

  /**
   * Where the traffic selector of that number leads.
   *
   * @param selector unique among all of this router
   * @param remotes prefixes beyond the tunnel that the peer has agreed to; empty: none any more
   * @param metric of the routes to them, and their preference
   */
  record SelectorChanged(
      int selector, InterfaceName tunnel, List<IpPrefix> remotes, long metric, long preference)
      implements IkeAction {
    public SelectorChanged {
      remotes = List.copyOf(remotes);
    }
  }

  /**
   * The largest outer packet, IP header included, that the path of that tunnel carries.
   *
   * @param pathMtu 0: what the outer interface does, as far as is known
   */
  record PathMtuChanged(InterfaceName tunnel, int pathMtu) implements IkeAction {}

  /**
   * Where the packets of one of that unit's peers go, before it comes up and whenever it changes.
   *
   * @param peer as in {@link ChildSa#peer}
   * @param remote null when it is down
   */
  record TunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote)
      implements IkeAction {}

  /** A unit's peer has its first usable pair. */
  record PeerUp(TunnelPeer peer) implements IkeAction {}

  /** It has none any more; what was found out about it is void. */
  record PeerDown(InterfaceName tunnel, int peer) implements IkeAction {}

  /** That may be the address on the unit of a peer that is up. */
  record PeerAddressFound(
      InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source)
      implements IkeAction {}

  /**
   * After {@link IkeEvent.ShutDown}: the peers are told, as far as they could be; the last word.
   */
  record ShutDownComplete() implements IkeAction {}

  /**
   * Look the name of a VPN's peer up, and let nothing else wait for it; answered by {@link
   * IkeEvent.LookedUp}.
   */
  record LookUp(String vpn, String name) implements IkeAction {}

  record Report(Notice notice) implements IkeAction {}
}
