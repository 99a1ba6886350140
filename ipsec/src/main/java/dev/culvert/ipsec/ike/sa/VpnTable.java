package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The tunnels, found by name, by their units of st0, by gateway, and by who calls. */
public final class VpnTable {
  private final SequencedMap<String, Vpn> byName = new LinkedHashMap<>();
  private final SequencedMap<String, Vpn> readOnly = Collections.unmodifiableSequencedMap(byName);
  private final Map<String, VpnMember> members = new TreeMap<>();
  private final Map<InterfaceName, List<Vpn>> byUnit = new TreeMap<>();
  private final Map<String, List<Vpn>> byGateway = new TreeMap<>();
  private Set<IpAddress> peers = Set.of();
  private final CallerIndex callers = new CallerIndex(byName::values);

  /** All of them by name, in the order of the configuration, for reading. */
  public SequencedMap<String, Vpn> all() {
    return readOnly;
  }

  public @Nullable Vpn get(String name) {
    return byName.get(name);
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

  /** Those are the VPNs from here on. */
  public void replace(Collection<Vpn> vpns) {
    byName.clear();
    members.clear();
    byUnit.clear();
    byGateway.clear();
    for (Vpn vpn : vpns) {
      byName.put(vpn.name(), vpn);
      vpn.members.forEach(member -> members.put(member.config.name(), member));
      vpn.units().forEach(u -> byUnit.computeIfAbsent(u, unit -> new ArrayList<>()).add(vpn));
      byGateway.computeIfAbsent(vpn.gateway.name(), gateway -> new ArrayList<>()).add(vpn);
    }
    callers.changed();
    Set<IpAddress> addresses = new TreeSet<>();
    for (Vpn vpn : vpns) {
      IpAddress address = vpn.gateway.address();
      if (address != null) {
        addresses.add(address);
      }
    }
    // Another one only if it says something else.
    peers = addresses.equals(peers) ? peers : Collections.unmodifiableSet(addresses);
  }

  /** The addresses that gateways are configured with; another set whenever they change. */
  public Set<IpAddress> peers() {
    return peers;
  }

  public List<Vpn> boundTo(InterfaceName unit) {
    return byUnit.getOrDefault(unit, List.of());
  }

  /** Those with the gateway of that name. */
  public List<Vpn> towards(String gateway) {
    return byGateway.getOrDefault(gateway, List.of());
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
