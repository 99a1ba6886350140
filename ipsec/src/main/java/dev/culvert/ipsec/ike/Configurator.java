package dev.culvert.ipsec.ike;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Brings the tunnels, and the ports they need, in line with configuration and interfaces. */
final class Configurator {
  /** Junos numbers tunnels from there. */
  private static final int FIRST_TUNNEL_ID = 131_073;

  private final Core core;
  private final SortedSet<IpAddress> openPorts = new TreeSet<>();
  private List<InterfaceState> interfaces = List.of();
  private int nextTunnelId = FIRST_TUNNEL_ID;

  /** As committed last; null before the first commit. */
  private @Nullable OptionalInt queues;

  Configurator(Core core) {
    this.core = core;
  }

  /** Tunnels whose gateway and VPN are as before are left alone. */
  void commit(IpsecConfig after, Turn turn) {
    core.invalidSpis.answersPerIkeSa = after.badSpiResponses();
    tellQueues(after.queues(), turn);
    List<Tunnel> before = new ArrayList<>(core.tunnels.values());
    core.tunnels.clear();
    for (VpnConfig vpn : after.vpns()) {
      Optional<GatewayConfig> gateway = after.gateway(vpn.gateway());
      if (gateway.isPresent()) {
        core.tunnels.put(vpn.name(), keepOrCreate(before, gateway.get(), vpn, turn));
      }
    }
    for (Tunnel gone : before) {
      if (!core.tunnels.containsValue(gone)) {
        remove(gone, turn);
      }
    }
    locate(turn);
  }

  /** The threads and sockets stand since the start: another number has to wait for the next. */
  private void tellQueues(OptionalInt after, Turn turn) {
    OptionalInt before = queues;
    queues = after;
    boolean changes = before != null && !before.equals(after);
    if (changes && (after.isEmpty() || after.getAsInt() != core.queues)) {
      turn.add(
          new IkeAction.Report(
              Notice.of(
                  Level.WARN,
                  "IPSEC_QUEUES_AT_NEXT_START",
                  "configured",
                  after.isEmpty() ? "default" : after.getAsInt(),
                  "running",
                  core.queues)));
    }
  }

  private Tunnel keepOrCreate(
      List<Tunnel> before, GatewayConfig gateway, VpnConfig vpn, Turn turn) {
    Optional<Tunnel> same =
        before.stream().filter(t -> t.vpn.name().equals(vpn.name())).findFirst();
    if (same.isPresent() && same.get().gateway.equals(gateway) && same.get().vpn.equals(vpn)) {
      return same.get();
    }
    // An edited tunnel keeps its number.
    int id = same.map(t -> t.id).orElseGet(() -> nextTunnelId++);
    return new Tunnel(id, gateway, vpn, core.queues, turn.now());
  }

  private void remove(Tunnel tunnel, Turn turn) {
    String text = "Tunnel configuration changed. Corresponding IKE/IPSec SAs are deleted";
    core.timers.stop(new IkeTimer.Establish(tunnel.vpn.name()));
    drop(tunnel, true, DownReason.CONFIGURATION_CHANGED, text, turn);
    core.pathMtu.forget(tunnel, turn);
    core.additionalPairs.forget(tunnel);
    core.timers.stop(new IkeTimer.Establish(tunnel.vpn.name()));
  }

  /**
   * Ends every IKE SA of a tunnel and forgets its pairs at once.
   *
   * @param tell by deletes, which go on after the tunnel is gone
   */
  void drop(Tunnel tunnel, boolean tell, DownReason reason, String text, Turn turn) {
    for (IkeSa ike : core.keeper.ofTunnel(tunnel)) {
      boolean authenticating = ike.state == IkeSa.State.AUTHENTICATING;
      if (tell && !authenticating) {
        core.keeper.delete(ike, reason, text, turn);
      } else if (!tell || ike.window.outstanding() == null) {
        core.keeper.close(ike, reason, text, turn);
      }
      // Otherwise an IKE_AUTH request is under way: once it is answered there is what to delete.
      if (ike.remoteIdentity == null) {
        ike.remoteIdentity = tunnel.expectedIdentity();
      }
      ike.tunnel = null;
    }
    for (ChildPair pair : List.copyOf(tunnel.pairs)) {
      core.keeper.remove(pair, turn);
    }
  }

  void interfaces(List<InterfaceState> now, Turn turn) {
    interfaces = now;
    locate(turn);
  }

  /** Finds each tunnel's local address, opens and closes ports, and begins what can begin. */
  private void locate(Turn turn) {
    SortedSet<IpAddress> wanted = new TreeSet<>();
    for (Tunnel tunnel : core.tunnels.values()) {
      IpAddress address = localAddress(tunnel.gateway);
      IpAddress former = tunnel.localAddress;
      if (former != null && !former.equals(address)) {
        String text = "NO_LOCAL_ADDRESS: " + former + " is not ours any more";
        drop(tunnel, false, DownReason.NO_LOCAL_ADDRESS, text, turn);
      }
      tunnel.localAddress = address;
      core.pathMtu.interfaceChanged(tunnel, address == null ? 0 : outerMtu(tunnel.gateway), turn);
      if (address != null) {
        wanted.add(address);
      }
    }
    for (IpAddress address : List.copyOf(openPorts)) {
      if (!wanted.contains(address)) {
        openPorts.remove(address);
        turn.add(new IkeAction.ClosePort(address));
      }
    }
    for (IpAddress address : wanted) {
      if (openPorts.add(address)) {
        turn.add(new IkeAction.OpenPort(address));
      }
    }
    for (Tunnel tunnel : core.tunnels.values()) {
      if (!core.timers.isRunning(new IkeTimer.Establish(tunnel.vpn.name()))) {
        core.keeper.pauseOver(tunnel, turn);
      }
    }
  }

  private int outerMtu(GatewayConfig gateway) {
    return interfaces.stream()
        .filter(i -> i.name().equals(gateway.externalInterface()))
        .mapToInt(InterfaceState::mtu)
        .findFirst()
        .orElse(0);
  }

  private @Nullable IpAddress localAddress(GatewayConfig gateway) {
    IpAddress configured = gateway.localAddress();
    if (configured != null) {
      boolean exists =
          interfaces.stream()
              .flatMap(i -> i.addresses().stream())
              .anyMatch(a -> a.address().equals(configured));
      return exists ? configured : null;
    }
    IpAddress peer = gateway.address();
    return interfaces.stream()
        .filter(i -> i.name().equals(gateway.externalInterface()))
        .flatMap(i -> i.addresses().stream())
        .map(a -> a.address())
        .filter(a -> peer == null || a.family() == peer.family())
        // Often the first to be there, but good for the link alone.
        .filter(a -> !(a instanceof Ipv6Address v6 && v6.isLinkLocal()))
        .findFirst()
        .orElse(null);
  }
}
