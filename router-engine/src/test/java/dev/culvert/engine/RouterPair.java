package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ospf.OspfAction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Two routers on one wire, {@code eth0.0}, each with a LAN, {@code eth1.0}, in virtual time, with
 * obedient kernels. Packets take no time and none is lost.
 */
final class RouterPair {
  static final InterfaceName WIRE = InterfaceName.of("eth0.0");
  private static final int BGP_PORT = 179;

  /** One of the two, and its sockets. */
  final class Node {
    final RouterEngine engine;
    final Ipv4Address address;
    final SortedMap<String, FibEntry> kernel = new TreeMap<>();
    final SortedSet<InterfaceName> ospfSockets = new TreeSet<>();
    final SortedMap<ConnectionId, ConnectionId> connections = new TreeMap<>();
    final List<Long> connectsAsked = new ArrayList<>();
    final List<ConnectionId> closed = new ArrayList<>();
    final List<BfdEvent> bfd = new ArrayList<>();
    final List<InstanceFault> faults = new ArrayList<>();
    private final String lan;
    boolean listening;

    Node(RouterEngine engine, String address, String lan) {
      this.engine = engine;
      this.address = Ipv4Address.of(address);
      this.lan = lan;
    }

    void handle(RouterEvent event) {
      queue.add(() -> engine.handle(event, now, this::perform));
      drain();
    }

    void commit(String configuration) {
      Diagnostics diagnostics = new Diagnostics();
      RouterConfig config = RouterConfigReader.read("test.conf", configuration, diagnostics);
      assertThat(diagnostics.findings()).isEmpty();
      handle(new RouterEvent.ConfigurationCommitted(config));
      handle(
          new RouterEvent.InterfacesChanged(
              List.of(device("eth0.0", 1, address + "/24"), device("eth1.0", 2, lan))));
    }

    private void perform(RouterAction action) {
      switch (action) {
        case RouterAction.UpdateFib update -> {
          List<FibResult> results = new ArrayList<>();
          for (FibOperation operation : update.operations()) {
            switch (operation) {
              case FibOperation.Install install ->
                  kernel.put(install.entry().prefix().toString(), install.entry());
              case FibOperation.Remove remove -> kernel.remove(remove.key().prefix().toString());
            }
            results.add(FibResult.done(operation));
          }
          post(new RouterEvent.FibUpdated(results));
        }
        case RouterAction.ReadFib a -> {}
        case RouterAction.Ospf(OspfAction ospf) -> perform(ospf);
        case RouterAction.Rip rip -> {}
        case RouterAction.Bgp(BgpAction bgp) -> perform(bgp);
        case RouterAction.Bfd(BfdEvent event) -> bfd.add(event);
        case RouterAction.SaveFault(InstanceFault fault) -> faults.add(fault);
        case RouterAction.ApplySystem a -> {}
        case RouterAction.Ike a -> {}
        case RouterAction.Monitor a -> {}
        case RouterAction.Rpm a -> {}
        case RouterAction.Report a -> {}
      }
    }

    private void post(RouterEvent event) {
      queue.add(() -> engine.handle(event, now, this::perform));
    }

    private void perform(OspfAction action) {
      switch (action) {
        case OspfAction.OpenInterface(InterfaceName name) -> ospfSockets.add(name);
        case OspfAction.CloseInterface(InterfaceName name) -> ospfSockets.remove(name);
        case OspfAction.SendPacket a -> {
          Node to = other();
          if (a.out().equals(WIRE) && ospfSockets.contains(WIRE)) {
            queue.add(() -> {
              if (to.ospfSockets.contains(WIRE)) {
                to.engine.handle(
                    new RouterEvent.OspfPacketReceived(WIRE, address, a.destination(), a.payload()),
                    now,
                    to::perform);
              }
            });
          }
        }
        default -> {}
      }
    }

    private void perform(BgpAction action) {
      switch (action) {
        case BgpAction.Listen a -> listening = !a.addresses().isEmpty();
        case BgpAction.Connect a -> {
          connectsAsked.add(a.connection().value());
          connect(a.connection());
        }
        case BgpAction.SendMessage a -> {
          ConnectionId far = connections.get(a.connection());
          if (far != null) {
            other().post(transport(new BgpEvent.MessageReceived(far, a.message())));
          }
        }
        case BgpAction.AwaitWritable a ->
            post(transport(new BgpEvent.TransportWritable(a.connection())));
        case BgpAction.CloseTransport a -> {
          closed.add(a.connection());
          ConnectionId far = connections.remove(a.connection());
          if (far != null && other().connections.remove(far) != null) {
            other().post(transport(new BgpEvent.TransportClosed(far, "closed")));
          }
        }
        default -> {}
      }
    }

    private void connect(ConnectionId near) {
      if (!other().listening) {
        post(transport(new BgpEvent.TransportFailed(near, "refused")));
        return;
      }
      ConnectionId far = new ConnectionId(nextIncoming--);
      connections.put(near, far);
      other().connections.put(far, near);
      Endpoint local = new Endpoint(address, 40_000);
      Endpoint remote = new Endpoint(other().address, BGP_PORT);
      post(transport(new BgpEvent.TransportOpened(near, local, remote, false)));
      other().post(transport(new BgpEvent.TransportOpened(far, remote, local, true)));
    }

    private Node other() {
      return this == a ? b : a;
    }
  }

  final Node a;
  final Node b;
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
  private long nextIncoming = -1;
  Instant now = Instant.parse("2026-03-01T12:00:00Z");

  RouterPair(RouterEngine first, RouterEngine second) {
    a = new Node(first, "192.0.2.1", "10.1.0.1/24");
    b = new Node(second, "192.0.2.2", "10.2.0.1/24");
  }

  /** Lets time pass; every timer fires when it is due. */
  void run(Duration duration) {
    Instant end = now.plus(duration);
    while (true) {
      drain();
      Node first = earlier();
      Deadline next = first.engine.nextDeadline();
      if (next == null || next.at().isAfter(end)) {
        now = end;
        return;
      }
      now = next.at().isBefore(now) ? now : next.at();
      first.engine.advance(now, first::perform);
    }
  }

  private Node earlier() {
    Deadline ofA = a.engine.nextDeadline();
    Deadline ofB = b.engine.nextDeadline();
    return ofB == null || (ofA != null && !ofB.at().isBefore(ofA.at())) ? a : b;
  }

  private void drain() {
    for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
      next.run();
    }
  }

  static RouterEvent transport(BgpEvent event) {
    return new RouterEvent.BgpTransport(event);
  }

  private static InterfaceState device(String name, int index, String address) {
    return new InterfaceState(
        InterfaceName.of(name),
        index,
        true,
        false,
        false,
        1500,
        List.of(InterfaceAddress.of(address)));
  }
}
