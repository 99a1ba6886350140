package dev.culvert.ipsec.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.VpnMonitorConfig.VerifyPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code vpn-monitor} and {@code vpn-monitor-options}: what may be written, and what it means. */
final class MonitorBinder {
  private static final ValueType<Integer> INTERVAL = ValueTypes.integer(2, 3600);
  private static final ValueType<Integer> THRESHOLD = ValueTypes.integer(1, 65_536);
  private static final ValueType<Integer> PACKET_SIZE = ValueTypes.integer(64, 1350);
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

  private final IpsecConfig ipsec;
  private final Diagnostics diagnostics;

  MonitorBinder(IpsecConfig ipsec, Diagnostics diagnostics) {
    this.ipsec = ipsec;
    this.diagnostics = diagnostics;
  }

  static SchemaNode options() {
    return container(
        "vpn-monitor-options",
        "How tunnels with vpn-monitor are watched",
        leaf("interval", "Seconds between two requests", INTERVAL),
        leaf("threshold", "Requests in a row without a reply that take it down", THRESHOLD));
  }

  static SchemaNode monitor() {
    return container(
        "vpn-monitor",
        "Somebody beyond the tunnel has to answer ICMP echo requests",
        flag("optimized", "No requests while packets come out of the tunnel"),
        leaf("source-interface", "Interface whose address they come from", INTERFACE),
        leaf("destination-ip", "Who has to answer", ADDRESS),
        container(
            "verify-path",
            "The tunnel interface stays down until the first answer",
            leaf("destination-ip", "Who has to answer before", ADDRESS),
            leaf("packet-size", "Octets of a request, with its IP header", PACKET_SIZE)));
  }

  MonitorConfig bind(ConfigNode node) {
    Optional<ConfigNode> options = node.child("vpn-monitor-options");
    List<VpnMonitorConfig> monitors = new ArrayList<>();
    for (ConfigNode vpn : node.children("vpn")) {
      vpn.child("vpn-monitor")
          .flatMap(statement -> monitor(vpn.key(ValueTypes.name()), statement))
          .ifPresent(monitors::add);
    }
    return new MonitorConfig(
        options
            .flatMap(o -> o.leaf("interval", INTERVAL))
            .map(Duration::ofSeconds)
            .orElse(MonitorConfig.DEFAULT_INTERVAL),
        options
            .flatMap(o -> o.leaf("threshold", THRESHOLD))
            .orElse(MonitorConfig.DEFAULT_THRESHOLD),
        monitors);
  }

  private Optional<VpnMonitorConfig> monitor(String name, ConfigNode node) {
    IpAddress destination = destination(node);
    VerifyPath verifyPath =
        node.child("verify-path").map(v -> verifyPath(v, destination)).orElse(null);
    if (destination == null && !node.has("verify-path")) {
      diagnostics.error(node, "destination-ip is missing: nobody would answer");
    }
    // A VPN that is wrong itself has been reported by whoever binds it.
    VpnConfig vpn = ipsec.vpn(name).orElse(null);
    if (vpn == null) {
      return Optional.empty();
    }
    checkUnit(node, vpn);
    if (verifyPath != null && vpn.establishTunnels() == EstablishTunnels.ON_TRAFFIC) {
      diagnostics.error(
          node.child("verify-path").orElse(node),
          "verify-path keeps "
              + vpn.bindInterface()
              + " down, and so no traffic can bring it up: set security ipsec vpn "
              + name
              + " establish-tunnels immediately");
    }
    return Optional.of(
        new VpnMonitorConfig(
            name,
            vpn.bindInterface(),
            node.leaf("source-interface", INTERFACE).orElse(null),
            destination,
            node.has("optimized"),
            verifyPath));
  }

  /** The unit's state is the VPN's, or the monitor of one would take others' routes away. */
  private void checkUnit(ConfigNode node, VpnConfig vpn) {
    boolean isShared =
        ipsec.vpns().stream()
            .anyMatch(other ->
                !other.name().equals(vpn.name())
                    && other.bindInterface().equals(vpn.bindInterface()));
    if (isShared) {
      diagnostics.error(
          node,
          "vpn-monitor needs a unit that vpn '"
              + vpn.name()
              + "' has for itself; the peers of "
              + vpn.bindInterface()
              + " are watched by a routing protocol with BFD");
    }
  }

  private @Nullable VerifyPath verifyPath(ConfigNode node, @Nullable IpAddress otherwise) {
    IpAddress own = destination(node);
    IpAddress destination = own == null ? otherwise : own;
    if (destination == null) {
      diagnostics.error(node, "destination-ip is missing: nobody would answer");
      return null;
    }
    return new VerifyPath(
        destination, node.leaf("packet-size", PACKET_SIZE).orElse(VerifyPath.DEFAULT_PACKET_SIZE));
  }

  private @Nullable IpAddress destination(ConfigNode node) {
    IpAddress address = node.leaf("destination-ip", ADDRESS).orElse(null);
    if (address != null
        && (address.isMulticast() || address.isUnspecified() || address.isLoopback())) {
      diagnostics.error(
          node.child("destination-ip").orElse(node), address + " cannot answer for a tunnel");
    }
    return address;
  }
}
