package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.Shortcut;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Brings the tunnels, and the ports they need, in line with configuration and interfaces. */
public final class Configurator {
  /** Junos numbers tunnels from there. */
  private static final int FIRST_TUNNEL_ID = 131_073;

  private final Tables tables;
  private final TimerTable<IkeTimer> timers;
  private final int queues;
  private final LocalPorts localPorts;
  private final PathMtuProbing pathMtu;
  private final AdditionalPairs additionalPairs;
  private final MissingPolicies missingPolicies;
  private final SaPairs pairs;
  private final Establishing establishing;
  private final IkeSaLifecycle lifecycle;
  private final Surroundings surroundings = new Surroundings();

  private final SortedSet<IpAddress> openPorts = new TreeSet<>();

  /** How many tunnels speak from an address. */
  private final SortedMap<IpAddress, Integer> users = new TreeMap<>();

  private int nextTunnelId = FIRST_TUNNEL_ID;

  /** Of the policies, by VPN and selector. */
  private final Map<String, Integer> numbers = new HashMap<>();

  /** As committed last; null before the first commit. */
  private @Nullable OptionalInt committedQueues;

  public Configurator(
      Tables tables,
      TimerTable<IkeTimer> timers,
      int queues,
      LocalPorts localPorts,
      PathMtuProbing pathMtu,
      AdditionalPairs additionalPairs,
      MissingPolicies missingPolicies,
      SaPairs pairs,
      Establishing establishing,
      IkeSaLifecycle lifecycle) {
    this.tables = tables;
    this.timers = timers;
    this.queues = queues;
    this.localPorts = localPorts;
    this.pathMtu = pathMtu;
    this.additionalPairs = additionalPairs;
    this.missingPolicies = missingPolicies;
    this.pairs = pairs;
    this.establishing = establishing;
    this.lifecycle = lifecycle;
  }

  /** Tunnels whose gateway and VPN are as before are left alone. */
  public void commit(IpsecConfig after, Step step) {
    tellQueues(after.queues(), step);
    Map<String, Vpn> before = new LinkedHashMap<>(tables.vpns.all());
    Map<String, GatewayConfig> gateways = new HashMap<>();
    after.gateways().forEach(gateway -> gateways.putIfAbsent(gateway.name(), gateway));
    Map<String, List<VpnConfig>> byGateway = new LinkedHashMap<>();
    for (VpnConfig config : after.vpns()) {
      byGateway.computeIfAbsent(config.gateway(), name -> new ArrayList<>()).add(config);
    }
    List<Vpn> vpns = new ArrayList<>();
    byGateway.forEach((name, configs) -> {
      GatewayConfig gateway = gateways.get(name);
      if (gateway != null) {
        vpns.add(keepOrCreate(before.get(configs.getFirst().name()), gateway, configs, step));
      }
    });
    // Who has come stays while what it has come to is as before.
    before.values().stream()
        .filter(vpn -> vpn.group != null && vpns.contains(vpn.group))
        .forEach(vpns::add);
    numbers.values().retainAll(numbersOf(vpns));
    tables.vpns.replace(vpns);
    surroundings.concern(tables.vpns.all().values());
    List<Vpn> gone = before.values().stream().filter(v -> !tables.vpns.holds(v)).toList();
    gone.forEach(vpn -> remove(vpn, step));
    locate(tables.vpns.all().values(), gone, step);
  }

  /** The threads and sockets stand since the start: another number has to wait for the next. */
  private void tellQueues(OptionalInt after, Step step) {
    OptionalInt before = committedQueues;
    committedQueues = after;
    boolean changes = before != null && !before.equals(after);
    if (changes && (after.isEmpty() || after.getAsInt() != queues)) {
      step.add(
          new Effect.Report(
              Notice.of(
                  Level.WARN,
                  "IPSEC_QUEUES_AT_NEXT_START",
                  "configured",
                  after.isEmpty() ? "default" : after.getAsInt(),
                  "running",
                  queues)));
    }
  }

  private Vpn keepOrCreate(
      @Nullable Vpn before, GatewayConfig gateway, List<VpnConfig> configs, Step step) {
    if (before != null && before.gateway.equals(gateway) && before.configs.equals(configs)) {
      return before;
    }
    return new Vpn(this::number, gateway, configs, queues, step.now());
  }

  /** A tunnel for one more of a gateway's many peers. */
  Vpn peerCame(Vpn group, IkeIdentity peer, String key, Step step) {
    Vpn vpn = new Vpn((config, selectors) -> nextTunnelId++, group, peer, key, queues, step.now());
    came(vpn, group, step);
    return vpn;
  }

  /**
   * A tunnel to one whom the peer of another has told us of.
   *
   * @param suggester that other
   * @param config what the tunnel is to carry, and how
   */
  public Vpn shortcutCame(
      Vpn suggester, Shortcut shortcut, GatewayConfig gateway, VpnConfig config, Step step) {
    Vpn vpn =
        new Vpn(
            (vpnConfig, selectors) -> nextTunnelId++,
            suggester,
            shortcut,
            gateway,
            config,
            queues,
            step.now());
    came(vpn, suggester, step);
    tables.vpns.peersChanged();
    establishing.pauseOver(vpn, step);
    return vpn;
  }

  private void came(Vpn vpn, Vpn group, Step step) {
    vpn.localAddress = group.localAddress;
    tables.vpns.add(vpn);
    surroundings.concern(vpn);
    moveUser(null, vpn.localAddress, new TreeSet<>());
    int mtu = vpn.localAddress == null ? 0 : surroundings.outerMtu(vpn.gateway);
    pathMtu.interfaceChanged(vpn, mtu, step);
  }

  /** A shortcut that has not come up in time is given up, without a word to the partner. */
  public void abandon(Vpn vpn, DownReason reason, String text, Step step) {
    drop(vpn, true, reason, text, step);
    if (tables.vpns.holds(vpn)) {
      peerWent(vpn, step);
    }
  }

  /** It has gone, and with it its tunnel. What stands for all keeps the port open. */
  void peerWent(Vpn vpn, Step step) {
    tables.vpns.remove(vpn);
    forgetShortcut(vpn);
    surroundings.leave(vpn);
    moveUser(vpn.localAddress, null, new TreeSet<>());
    timers.stop(new IkeTimer.Establish(vpn.name()));
    pathMtu.forget(vpn, step);
    additionalPairs.forget(vpn);
    missingPolicies.forget(vpn);
  }

  /** Nobody calls it any more, and nobody else knows its secret for long. */
  private void forgetShortcut(Vpn vpn) {
    if (vpn.shortcut != null) {
      vpn.shortcut.open = false;
      vpn.gateway.preSharedKey().erase();
      timers.stop(new IkeTimer.ShortcutDue(vpn.name()));
      tables.vpns.peersChanged();
    }
  }

  private static Set<Integer> numbersOf(List<Vpn> vpns) {
    Set<Integer> used = new HashSet<>();
    vpns.forEach(vpn -> vpn.policies.forEach(policy -> used.add(policy.number)));
    return used;
  }

  /** What is edited keeps its number. */
  private int number(VpnConfig vpn, ChildSelectors selectors) {
    String name = vpn.name() + " " + selectors.name();
    return numbers.computeIfAbsent(name, policy -> nextTunnelId++);
  }

  private void remove(Vpn vpn, Step step) {
    String text = "Tunnel configuration changed. Corresponding IKE/IPSec SAs are deleted";
    timers.stop(new IkeTimer.Establish(vpn.name()));
    forgetShortcut(vpn);
    drop(vpn, true, DownReason.CONFIGURATION_CHANGED, text, step);
    pathMtu.forget(vpn, step);
    additionalPairs.forget(vpn);
    missingPolicies.forget(vpn);
    timers.stop(new IkeTimer.Establish(vpn.name()));
  }

  /**
   * Ends every IKE SA of a tunnel and forgets its pairs at once.
   *
   * @param tell by deletes, which go on after the tunnel is gone
   */
  public void drop(Vpn vpn, boolean tell, DownReason reason, String text, Step step) {
    for (IkeSa ike : IkeSaTable.of(vpn)) {
      boolean authenticating = ike.state == IkeSa.State.AUTHENTICATING;
      if (tell && !authenticating) {
        lifecycle.delete(ike, reason, text, step);
      } else if (!tell || ike.window.outstanding() == null) {
        lifecycle.close(ike, reason, text, step);
      }
      // Otherwise an IKE_AUTH request is under way: once it is answered there is what to delete.
      if (ike.remoteIdentity == null) {
        tables.ikeSas.identify(ike, ike.localIdentity, vpn.expectedIdentity(ike.remote.address()));
      }
      tables.ikeSas.assign(ike, null);
    }
    for (ChildPair pair : List.copyOf(vpn.pairs)) {
      pairs.remove(pair, step);
    }
  }

  public void interfaces(InterfaceChanges changes, Step step) {
    tables.unitAddresses.changed(changes);
    locate(surroundings.apply(changes), List.of(), step);
  }

  /** An answer to what is not asked any more says nothing. */
  public void portsRefused(IpAddress local, Map<Integer, String> refused, Step step) {
    if (openPorts.contains(local)) {
      localPorts.changed(local, refused, step);
    }
  }

  /**
   * Finds the tunnels' local addresses, opens and closes ports, and begins what can begin.
   *
   * @param gone they need no address any more
   */
  private void locate(Collection<Vpn> vpns, Collection<Vpn> gone, Step step) {
    SortedSet<IpAddress> touched = new TreeSet<>();
    gone.forEach(vpn -> moveUser(vpn.localAddress, null, touched));
    // A peer of many goes with its address.
    for (Vpn vpn : List.copyOf(vpns)) {
      if (!tables.vpns.holds(vpn)) {
        continue;
      }
      IpAddress address = surroundings.localAddress(vpn.gateway);
      IpAddress former = vpn.localAddress;
      if (former != null && !former.equals(address)) {
        String text = "NO_LOCAL_ADDRESS: " + former + " is not ours any more";
        drop(vpn, false, DownReason.NO_LOCAL_ADDRESS, text, step);
        if (vpn.group != null && tables.vpns.holds(vpn)) {
          peerWent(vpn, step);
        }
        if (vpn.group != null) {
          touched.add(former);
          continue;
        }
      }
      moveUser(former, address, touched);
      vpn.localAddress = address;
      int mtu = address == null ? 0 : surroundings.outerMtu(vpn.gateway);
      pathMtu.interfaceChanged(vpn, mtu, step);
    }
    tables.vpns.addressesChanged();
    for (IpAddress address : touched) {
      if (!users.containsKey(address) && openPorts.remove(address)) {
        localPorts.closed(address);
        step.add(new Effect.ClosePort(address));
      }
    }
    for (IpAddress address : touched) {
      if (users.containsKey(address) && openPorts.add(address)) {
        step.add(new Effect.OpenPort(address));
      }
    }
    for (Vpn vpn : List.copyOf(vpns)) {
      if (!timers.isRunning(new IkeTimer.Establish(vpn.name()))) {
        establishing.pauseOver(vpn, step);
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
