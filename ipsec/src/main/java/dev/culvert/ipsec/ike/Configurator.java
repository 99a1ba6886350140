package dev.culvert.ipsec.ike;

import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Brings the tunnels, and the ports they need, in line with configuration and interfaces. */
final class Configurator {
  /** Junos numbers tunnels from there. */
  private static final int FIRST_TUNNEL_ID = 131_073;

  private final Core core;
  private final Surroundings surroundings = new Surroundings();

  private final SortedSet<IpAddress> openPorts = new TreeSet<>();

  /** How many tunnels speak from an address. */
  private final SortedMap<IpAddress, Integer> users = new TreeMap<>();

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
    Map<String, Tunnel> before = new LinkedHashMap<>(core.tunnels);
    Map<String, GatewayConfig> gateways = new HashMap<>();
    after.gateways().forEach(gateway -> gateways.putIfAbsent(gateway.name(), gateway));
    core.tunnels.clear();
    for (VpnConfig vpn : after.vpns()) {
      GatewayConfig gateway = gateways.get(vpn.gateway());
      if (gateway != null) {
        core.tunnels.put(vpn.name(), keepOrCreate(before.get(vpn.name()), gateway, vpn, turn));
      }
    }
    surroundings.concern(core.tunnels.values());
    List<Tunnel> gone =
        before.values().stream().filter(t -> core.tunnels.get(t.vpn.name()) != t).toList();
    gone.forEach(tunnel -> remove(tunnel, turn));
    locate(core.tunnels.values(), gone, turn);
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
      @Nullable Tunnel before, GatewayConfig gateway, VpnConfig vpn, Turn turn) {
    if (before != null && before.gateway.equals(gateway) && before.vpn.equals(vpn)) {
      return before;
    }
    // An edited tunnel keeps its number.
    int id = before == null ? nextTunnelId++ : before.id;
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

  void interfaces(InterfaceChanges changes, Turn turn) {
    locate(surroundings.apply(changes), List.of(), turn);
  }

  /**
   * Finds the tunnels' local addresses, opens and closes ports, and begins what can begin.
   *
   * @param gone they need no address any more
   */
  private void locate(Collection<Tunnel> tunnels, Collection<Tunnel> gone, Turn turn) {
    SortedSet<IpAddress> touched = new TreeSet<>();
    gone.forEach(tunnel -> moveUser(tunnel.localAddress, null, touched));
    for (Tunnel tunnel : tunnels) {
      IpAddress address = surroundings.localAddress(tunnel.gateway);
      IpAddress former = tunnel.localAddress;
      if (former != null && !former.equals(address)) {
        String text = "NO_LOCAL_ADDRESS: " + former + " is not ours any more";
        drop(tunnel, false, DownReason.NO_LOCAL_ADDRESS, text, turn);
      }
      moveUser(former, address, touched);
      tunnel.localAddress = address;
      int mtu = address == null ? 0 : surroundings.outerMtu(tunnel.gateway);
      core.pathMtu.interfaceChanged(tunnel, mtu, turn);
    }
    core.callers.changed();
    for (IpAddress address : touched) {
      if (!users.containsKey(address) && openPorts.remove(address)) {
        turn.add(new IkeAction.ClosePort(address));
      }
    }
    for (IpAddress address : touched) {
      if (users.containsKey(address) && openPorts.add(address)) {
        turn.add(new IkeAction.OpenPort(address));
      }
    }
    for (Tunnel tunnel : tunnels) {
      if (!core.timers.isRunning(new IkeTimer.Establish(tunnel.vpn.name()))) {
        core.keeper.pauseOver(tunnel, turn);
      }
    }
  }

  /** A tunnel speaks from another address, or from none. */
  private void moveUser(
      @Nullable IpAddress from, @Nullable IpAddress to, SortedSet<IpAddress> touched) {
    if (Objects.equals(from, to)) {
      return;
    }
    if (from != null) {
      users.computeIfPresent(from, (address, count) -> count == 1 ? null : count - 1);
      touched.add(from);
    }
    if (to != null) {
      users.merge(to, 1, Integer::sum);
      touched.add(to);
    }
  }
}
