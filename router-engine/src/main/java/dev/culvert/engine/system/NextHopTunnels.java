package dev.culvert.engine.system;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The next-hop-tunnel table: which peer of a multipoint unit is behind which address of its subnet.
 * No I/O, no clock.
 *
 * <p>What is configured counts before what is found out, and an address that is configured for one
 * VPN is never another's. Of what is found out, each peer has one address of each family, by the
 * better source; of two peers with the same address the one with the better source has it, and then
 * who had it first: nobody takes another's packets by a word. What a change costs is that of its
 * address alone.
 */
final class NextHopTunnels {
  /** A peer's address as it was found out. */
  private record Claim(int peer, TunnelAddressSource source, long order) {
    private static final Comparator<Claim> BEST_FIRST =
        Comparator.comparing(Claim::source).thenComparingLong(Claim::order);
  }

  private record OwnClaim(IpAddress address, Claim claim) {}

  private static final class Peer {
    final TunnelPeer up;
    final Map<AddressFamily, OwnClaim> claims = new EnumMap<>(AddressFamily.class);

    Peer(TunnelPeer up) {
      this.up = up;
    }
  }

  private static final class Unit {
    InterfacesConfig.@Nullable Unit config;
    final Map<Integer, Peer> peers = new HashMap<>();
    final Map<String, SortedSet<Integer>> upByVpn = new HashMap<>();
    final Map<IpAddress, List<Claim>> claims = new HashMap<>();
    final SortedMap<IpAddress, Integer> bound = new TreeMap<>();

    /** Addresses whose peer is another since {@link #takeChanged}. */
    final SequencedSet<IpAddress> changed = new LinkedHashSet<>();

    @Nullable String vpnOf(IpAddress address) {
      return config == null ? null : config.nextHopTunnels().get(address);
    }

    boolean holds(IpAddress address) {
      return config != null && refusalOf(config, address) == null;
    }

    /** Why the address is nobody's; null if it may be a peer's. */
    static @Nullable ClaimRefusal refusalOf(InterfacesConfig.Unit config, IpAddress address) {
      ClaimRefusal refusal = ClaimRefusal.OUTSIDE_SUBNET;
      for (InterfaceAddress own : config.addresses()) {
        if (own.address().equals(address)) {
          return ClaimRefusal.OWN_ADDRESS;
        }
        if (own.reserved().contains(address)) {
          // Packets to it go to everybody.
          return ClaimRefusal.NO_HOST;
        }
        refusal = own.prefix().contains(address) ? null : refusal;
      }
      return refusal;
    }
  }

  private final SortedMap<InterfaceName, Unit> units = new TreeMap<>();
  private final Map<ClaimRefusal, Long> refusals = new EnumMap<>(ClaimRefusal.class);
  private long lastOrder;

  // --- What is told ------------------------------------------------------------------------------

  /** Those are the units; true of each that is multipoint is what it says. */
  void configured(SortedMap<InterfaceName, InterfacesConfig.Unit> configured) {
    SortedSet<InterfaceName> names = new TreeSet<>(units.keySet());
    configured.values().stream()
        .filter(InterfacesConfig.Unit::multipoint)
        .forEach(unit -> names.add(unit.name()));
    for (InterfaceName name : names) {
      InterfacesConfig.Unit config = configured.get(name);
      Unit unit = unit(name);
      SortedSet<IpAddress> touched = new TreeSet<>(unit.bound.keySet());
      touched.addAll(unit.claims.keySet());
      unit.config = config != null && config.multipoint() ? config : null;
      if (unit.config != null) {
        touched.addAll(unit.config.nextHopTunnels().keySet());
      }
      touched.forEach(address -> resolve(unit, address));
      forgetIfEmpty(name, unit);
    }
  }

  void peerUp(TunnelPeer peer) {
    Unit unit = unit(peer.unit());
    Peer known = unit.peers.computeIfAbsent(peer.number(), number -> new Peer(peer));
    unit.upByVpn.computeIfAbsent(peer.vpn(), vpn -> new TreeSet<>()).add(peer.number());
    resolveAllOf(unit, known, peer.vpn());
  }

  void peerDown(InterfaceName name, int number) {
    Unit unit = units.get(name);
    Peer peer = unit == null ? null : unit.peers.remove(number);
    if (unit == null || peer == null) {
      return;
    }
    SortedSet<Integer> same = unit.upByVpn.get(peer.up.vpn());
    if (same != null && same.remove(number) && same.isEmpty()) {
      unit.upByVpn.remove(peer.up.vpn());
    }
    peer.claims.values().forEach(claim -> withdraw(unit, claim));
    resolveAllOf(unit, peer, peer.up.vpn());
    forgetIfEmpty(name, unit);
  }

  void addressFound(
      InterfaceName name,
      int number,
      IpAddress address,
      TunnelAddressSource source,
      Consumer<? super Notice> notices) {
    Unit unit = units.get(name);
    Peer peer = unit == null ? null : unit.peers.get(number);
    if (unit == null || peer == null || unit.config == null) {
      return;
    }
    ClaimRefusal refusal = Unit.refusalOf(unit.config, address);
    if (refusal != null) {
      // What a selector begins with need be nobody's tunnel address.
      if (source != TunnelAddressSource.SELECTOR) {
        refused(name, peer, address, refusal, notices);
      }
      return;
    }
    OwnClaim before = peer.claims.get(address.family());
    // A first packet stays the first; what is told again may be another address.
    boolean isBetter =
        before == null
            || source.compareTo(before.claim.source()) < 0
            || (source == before.claim.source() && source != TunnelAddressSource.FIRST_PACKET);
    if (!isBetter || (before != null && before.address.equals(address))) {
      return;
    }
    if (before != null) {
      withdraw(unit, before);
      resolve(unit, before.address);
    }
    Claim claim = new Claim(number, source, ++lastOrder);
    peer.claims.put(address.family(), new OwnClaim(address, claim));
    List<Claim> all = unit.claims.computeIfAbsent(address, a -> new ArrayList<>());
    all.add(claim);
    all.sort(Claim.BEST_FIRST);
    resolve(unit, address);
    Integer owner = unit.bound.get(address);
    String configured = unit.vpnOf(address);
    boolean isItsOwn = peer.up.vpn().equals(configured);
    if (!isItsOwn && configured != null) {
      refused(name, peer, address, ClaimRefusal.ANOTHER_VPNS, notices);
    } else if (!isItsOwn && owner != null && owner != number) {
      refused(name, peer, address, ClaimRefusal.ANOTHER_PEERS, notices);
    }
  }

  private void refused(
      InterfaceName name,
      Peer peer,
      IpAddress address,
      ClaimRefusal refusal,
      Consumer<? super Notice> notices) {
    refusals.merge(refusal, 1L, Long::sum);
    notices.accept(
        Notice.limited(
            Notice.Level.WARN,
            "NEXT_HOP_TUNNEL_REFUSED",
            "interface",
            name,
            "next-hop",
            address,
            "vpn",
            peer.up.vpn(),
            "identity",
            peer.up.identity(),
            "reason",
            refusal.reason()));
  }

  /** How often peers did not get an address that they claimed, by cause. */
  SortedMap<String, Long> refusals() {
    SortedMap<String, Long> named = new TreeMap<>();
    for (ClaimRefusal refusal : ClaimRefusal.values()) {
      named.put(refusal.label(), refusals.getOrDefault(refusal, 0L));
    }
    return named;
  }

  // --- What follows ------------------------------------------------------------------------------

  /** The peer behind that address; null if nobody is. */
  @Nullable Integer peer(InterfaceName name, IpAddress address) {
    Unit unit = units.get(name);
    return unit == null ? null : unit.bound.get(address);
  }

  /** The peers of a unit by address. */
  SortedMap<IpAddress, Integer> bindings(InterfaceName name) {
    Unit unit = units.get(name);
    return unit == null ? new TreeMap<>() : new TreeMap<>(unit.bound);
  }

  /** Whatever of the unit's bindings has changed since the last call. */
  SequencedSet<IpAddress> takeChanged(InterfaceName name) {
    Unit unit = units.get(name);
    SequencedSet<IpAddress> taken =
        unit == null ? new LinkedHashSet<>() : new LinkedHashSet<>(unit.changed);
    if (unit != null) {
      unit.changed.clear();
      forgetIfEmpty(name, unit);
    }
    return taken;
  }

  /** All bindings, by unit and address. */
  List<NextHopTunnel> all() {
    List<NextHopTunnel> all = new ArrayList<>();
    units.forEach((name, unit) ->
        unit.bound.forEach((address, number) -> {
          Peer peer = unit.peers.get(number);
          if (peer != null) {
            all.add(
                new NextHopTunnel(
                    name,
                    address,
                    number,
                    peer.up.vpn(),
                    peer.up.identity(),
                    unit.vpnOf(address) != null));
          }
        }));
    return all;
  }

  private Unit unit(InterfaceName name) {
    return units.computeIfAbsent(name, n -> new Unit());
  }

  private void forgetIfEmpty(InterfaceName name, Unit unit) {
    if (unit.config == null && unit.peers.isEmpty() && unit.changed.isEmpty()) {
      units.remove(name);
    }
  }

  private void withdraw(Unit unit, OwnClaim own) {
    List<Claim> all = unit.claims.get(own.address);
    if (all != null && all.remove(own.claim) && all.isEmpty()) {
      unit.claims.remove(own.address);
    }
  }

  /** The peer has come or gone: its addresses, and those that are configured for its VPN. */
  private static void resolveAllOf(Unit unit, Peer peer, String vpn) {
    peer.claims.values().forEach(claim -> resolve(unit, claim.address));
    InterfacesConfig.Unit config = unit.config;
    if (config != null) {
      config.nextHopsOf(vpn).forEach(address -> resolve(unit, address));
    }
  }

  private static void resolve(Unit unit, IpAddress address) {
    Integer after = ownerOf(unit, address);
    Integer before = after == null ? unit.bound.remove(address) : unit.bound.put(address, after);
    if (!Objects.equals(before, after)) {
      unit.changed.add(address);
    }
  }

  private static @Nullable Integer ownerOf(Unit unit, IpAddress address) {
    String configured = unit.vpnOf(address);
    if (configured != null) {
      SortedSet<Integer> up = unit.upByVpn.get(configured);
      return up == null ? null : up.getFirst();
    }
    if (!unit.holds(address)) {
      return null;
    }
    for (Claim claim : unit.claims.getOrDefault(address, List.of())) {
      if (unit.peers.containsKey(claim.peer())) {
        return claim.peer();
      }
    }
    return null;
  }
}
