package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the configured VPNs that a tunnel carries: up while any of its policies has a pair. */
public final class VpnMember {
  public final VpnConfig config;
  public final Vpn vpn;
  public boolean up;

  /** Its unit is not up yet: whether the peer has the first pair too is to be shown. */
  public boolean awaitsPeer;

  public Instant since;
  public long flaps;

  VpnMember(VpnConfig config, Vpn vpn, Instant now) {
    this.config = config;
    this.vpn = vpn;
    this.since = now;
  }

  public List<ChildPolicy> policies() {
    return vpn.policies.stream().filter(policy -> policy.member == this).toList();
  }

  /** A pair that carries its packets; null: none does. */
  public @Nullable ChildPair firstInUse() {
    return policies().stream()
        .flatMap(policy -> policy.inUse.values().stream())
        .findFirst()
        .orElse(null);
  }

  private String remote() {
    IpAddress found = vpn.toldRemote;
    return vpn.gateway.isDynamic() && found != null ? found.toString() : vpn.addresses.toString();
  }

  VpnStateView view() {
    IpAddress local = vpn.localAddress;
    IkeIdentity expected = vpn.expectedIdentity();
    List<ChildPolicy> own = policies();
    // Where the tunnel is up by others, it is its policies that have failed.
    ChildPolicy first = own.getFirst();
    boolean isAlone = vpn.up && !up;
    DownReason reason = isAlone ? first.reason : vpn.reason;
    return new VpnStateView(
        first.number,
        config.name(),
        vpn.gateway.name(),
        config.bindInterface(),
        remote(),
        local == null ? "" : vpn.localIdentity(local).toString(),
        expected == null ? "" : expected.toString(),
        ValueTypes.junosWord(config.establishTunnels()),
        up,
        own.stream().mapToInt(p -> p.inUse.size()).sum(),
        own.stream().map(ChildPolicy::view).toList(),
        since,
        up ? DownReason.NONE : reason,
        isAlone ? first.lastFailure : vpn.lastFailure,
        up ? List.of() : isAlone ? first.remedies : vpn.remedies,
        vpn.ikeRekeys,
        vpn.childRekeys,
        flaps,
        vpn.negotiations,
        vpn.failures,
        vpn.events());
  }
}
