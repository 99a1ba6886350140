package dev.culvert.daemon.diagnosis;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.sa.SaTraffic;
import java.util.List;
import java.util.SortedMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the router knows of one VPN at one moment.
 *
 * @param sas its SA pairs
 * @param unit its interface; null while there is no such device
 * @param routes active ones that lead into its interface
 * @param standby those that another route to the same destination is preferred to
 * @param hidden those that cannot be used, and why
 * @param counters of its interface; null while there is no such device
 * @param ruleset zones and policies in force
 */
public record KnownTunnel(
    VpnStateView vpn,
    List<IpsecSaView> sas,
    @Nullable InterfaceState unit,
    List<IpPrefix> routes,
    List<IpPrefix> standby,
    SortedMap<IpPrefix, String> hidden,
    @Nullable TunnelCounters counters,
    Ruleset ruleset) {
  public KnownTunnel {
    sas = List.copyOf(sas);
    routes = List.copyOf(routes);
    standby = List.copyOf(standby);
  }

  /** Packets that left by the pairs it has. */
  public long sent() {
    return sum(SaTraffic::outboundPackets);
  }

  /** Packets that came by them. */
  public long received() {
    return sum(SaTraffic::inboundPackets);
  }

  private long sum(ToLongFunction<SaTraffic> packets) {
    return sas.stream().mapToLong(sa -> packets.applyAsLong(sa.traffic())).sum();
  }
}
