package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The three sections below {@code security} that make up an {@link IpsecConfig}. Each binds on its
 * own; {@link #combine} resolves what {@code ipsec} says of {@code ike}.
 */
public final class SecuritySections {
  public static final ConfigSection<IkeSection> IKE =
      new Section<>(SecurityIkeSchema.schema()) {
        @Override
        public IkeSection bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
          return node == null ? IkeSection.EMPTY : new IkeBinder(diagnostics).bind(node);
        }
      };

  public static final ConfigSection<IpsecSection> IPSEC =
      new Section<>(SecurityIpsecSchema.ipsec()) {
        @Override
        public IpsecSection bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
          return node == null ? IpsecSection.EMPTY : new IpsecBinder(diagnostics).bind(node);
        }
      };

  /** As on Junos, of {@code tcp-mss ipsec-vpn} without {@code mss}. */
  private static final int DEFAULT_TCP_MSS = 1320;

  /** The MSS to clamp to; 0: computed. */
  public static final ConfigSection<Integer> FLOW =
      new Section<>(SecurityIpsecSchema.flow()) {
        @Override
        public Integer bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
          return node == null
              ? 0
              : node.child("tcp-mss")
                  .flatMap(n -> n.child("ipsec-vpn"))
                  .map(n -> n.leaf("mss", SecurityIpsecSchema.MSS).orElse(DEFAULT_TCP_MSS))
                  .orElse(0);
        }
      };

  private SecuritySections() {}

  /** Checks every VPN's gateway, and that those of one gateway can be told apart. */
  public static IpsecConfig combine(
      IkeSection ike, IpsecSection ipsec, int tcpMss, Diagnostics diagnostics) {
    Map<String, List<VpnConfig>> users = new TreeMap<>();
    List<VpnConfig> vpns = new ArrayList<>();
    for (IpsecSection.BoundVpn bound : ipsec.vpns()) {
      VpnConfig vpn = bound.config();
      GatewayConfig gateway =
          ike.gateways().stream()
              .filter(g -> g.name().equals(vpn.gateway()))
              .findFirst()
              .orElse(null);
      List<VpnConfig> others = users.computeIfAbsent(vpn.gateway(), name -> new ArrayList<>());
      Optional<VpnConfig> alike = others.stream().filter(o -> carryTheSame(o, vpn)).findFirst();
      others.add(vpn);
      if (ike.brokenGateways().contains(vpn.gateway())) {
        continue;
      }
      if (gateway == null) {
        diagnostics.error(
            bound.gatewayStatement(), "gateway '" + vpn.gateway() + "' is not configured");
      } else if (alike.isPresent()) {
        diagnostics.error(
            bound.gatewayStatement(),
            "gateway '"
                + vpn.gateway()
                + "' is already used by vpn '"
                + alike.get().name()
                + "', which carries the same: give them traffic selectors that differ, or a"
                + " gateway each");
      } else {
        vpns.add(vpn);
      }
    }
    tellApart(ike.gateways(), ipsec, diagnostics);
    return new IpsecConfig(ike.gateways(), vpns, tcpMss, ike.badSpiResponses(), ipsec.queues());
  }

  /** Which of the VPNs are monitored, and how. */
  public static MonitorConfig monitors(
      @Nullable ConfigNode ipsec, IpsecConfig config, Diagnostics diagnostics) {
    return ipsec == null ? MonitorConfig.NONE : new MonitorBinder(config, diagnostics).bind(ipsec);
  }

  /** Whoever calls from anywhere has to be of one gateway alone. */
  private static void tellApart(
      List<GatewayConfig> gateways, IpsecSection ipsec, Diagnostics diagnostics) {
    List<GatewayConfig> dynamic = gateways.stream().filter(GatewayConfig::isDynamic).toList();
    for (int i = 0; i < dynamic.size(); i++) {
      for (int j = 0; j < i; j++) {
        GatewayConfig later = dynamic.get(i);
        GatewayConfig earlier = dynamic.get(j);
        if (DynamicGateways.areAlike(earlier, later)) {
          ipsec.vpns().stream()
              .filter(bound -> bound.config().gateway().equals(later.name()))
              .findFirst()
              .ifPresent(bound ->
                  diagnostics.error(
                      bound.gatewayStatement(),
                      "gateway '"
                          + later.name()
                          + "' cannot be told from '"
                          + earlier.name()
                          + "': both are dynamic, and a peer may be of either"));
        }
      }
    }
  }

  /** A packet, or a child SA that the peer asks for, could be of either. */
  private static boolean carryTheSame(VpnConfig one, VpnConfig other) {
    return one.selectors().stream()
        .anyMatch(a -> other.selectors().stream().anyMatch(b -> isAlike(a, b)));
  }

  private static boolean isAlike(ChildSelectors a, ChildSelectors b) {
    return Set.copyOf(a.local()).equals(Set.copyOf(b.local()))
        && Set.copyOf(a.remote()).equals(Set.copyOf(b.remote()));
  }

  private abstract static class Section<C> implements ConfigSection<C> {
    private final SchemaNode schema;

    Section(SchemaNode schema) {
      this.schema = schema;
    }

    @Override
    public List<String> parentPath() {
      return List.of("security");
    }

    @Override
    public SchemaNode schema() {
      return schema;
    }
  }
}
