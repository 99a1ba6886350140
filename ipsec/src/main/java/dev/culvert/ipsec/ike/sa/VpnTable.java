package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The tunnels, found by name, by their units of st0, by gateway, and by who calls. */
public final class VpnTable {
  private final SequencedMap<String, Vpn> byName = new LinkedHashMap<>();
  private final SequencedMap<String, Vpn> readOnly = Collections.unmodifiableSequencedMap(byName);
  private final Map<Integer, Vpn> byNumber = new HashMap<>();
  private final Map<String, VpnMember> members = new TreeMap<>();
  private final Map<InterfaceName, SequencedSet<Vpn>> byUnit = new TreeMap<>();
  private final Map<String, SequencedSet<Vpn>> byGateway = new TreeMap<>();
  private Set<IpAddress> addresses = Set.of();
  private final Map<String, SortedMap<String, Vpn>> peers = new TreeMap<>();
  private final CallerIndex callers = new CallerIndex(byName::values);

  /**
   * All of them by name, in the order of the configuration, for reading; peers of groups come and
   * go.
   */
  public SequencedMap<String, Vpn> all() {
    return readOnly;
  }

  /** The same as they are at the moment, while some may come or go. */
  public List<Vpn> each() {
    return List.copyOf(byName.values());
  }

  public @Nullable Vpn get(String name) {
    return byName.get(name);
  }

  /** The tunnel of that number. */
  public @Nullable Vpn get(int number) {
    return byNumber.get(number);
  }

  /** The configured VPN of that name. */
  public @Nullable VpnMember member(String vpn) {
    return members.get(vpn);
  }

  public boolean isEmpty() {
    return byName.isEmpty();
  }

  /** It is configured as it is; another of its name may have taken its place. */
  public boolean holds(Vpn vpn) {
    return byName.get(vpn.name()) == vpn;
  }

  /** Those are the VPNs from here on, with the peers that have come of those that have many. */
  public void replace(Collection<Vpn> vpns) {
    byName.clear();
    byNumber.clear();
    members.clear();
    byUnit.clear();
    byGateway.clear();
    peers.clear();
    vpns.forEach(this::add);
    peersChanged();
  }

  /** The gateways' addresses are others, or there are other gateways. */
  public void peersChanged() {
    callers.changed();
    Set<IpAddress> found = new TreeSet<>();
    byName.values().forEach(vpn -> found.addAll(vpn.addresses.known()));
    // Another one only if it says something else.
    addresses = found.equals(addresses) ? addresses : Collections.unmodifiableSet(found);
  }

  /** One more: a peer has come of a group. */
  public void add(Vpn vpn) {
    byName.put(vpn.name(), vpn);
    byNumber.put(vpn.id, vpn);
    vpn.units().forEach(u -> byUnit.computeIfAbsent(u, unit -> new LinkedHashSet<>()).add(vpn));
    byGateway.computeIfAbsent(vpn.gateway.name(), name -> new LinkedHashSet<>()).add(vpn);
    if (vpn.group == null) {
      vpn.members.forEach(member -> members.put(member.config.name(), member));
    } else {
      peers.computeIfAbsent(vpn.group.name(), name -> new TreeMap<>()).put(vpn.peerKey, vpn);
    }
  }

  /** A peer of a group has gone. */
  public void remove(Vpn peer) {
    byName.remove(peer.name(), peer);
    byNumber.remove(peer.id, peer);
    peer.units().forEach(unit -> byUnit.getOrDefault(unit, new LinkedHashSet<>()).remove(peer));
    byGateway.getOrDefault(peer.gateway.name(), new LinkedHashSet<>()).remove(peer);
    if (peer.group != null) {
      peersOf(peer.group).remove(peer.peerKey, peer);
    }
  }

  /** Who has come of a group, by key. */
  public SortedMap<String, Vpn> peersOf(Vpn group) {
    return peers.getOrDefault(group.name(), new TreeMap<>());
  }

  /** The addresses that gateways are known to have; another set whenever they change. */
  public Set<IpAddress> peers() {
    return addresses;
  }

  public List<Vpn> boundTo(InterfaceName unit) {
    return List.copyOf(byUnit.getOrDefault(unit, new LinkedHashSet<>()));
  }

  /** Those with the gateway of that name. */
  public List<Vpn> towards(String gateway) {
    return List.copyOf(byGateway.getOrDefault(gateway, new LinkedHashSet<>()));
  }

  /** The VPNs that somebody may be of who calls. */
  public CallerIndex.Candidates candidates(IpAddress local, IpAddress remote) {
    return callers.candidates(local, remote);
  }

  /** Some speak from other addresses from here on. */
  public void addressesChanged() {
    callers.changed();
  }
}
