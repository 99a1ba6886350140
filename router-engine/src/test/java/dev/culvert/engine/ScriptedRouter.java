package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.OspfEvent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A router that hears exactly what a test says: routes of OSPF by {@link #ospf}, and of internal
 * BGP peers, 192.0.2.11 and up, by UPDATE messages. Its kernel obeys, and no time passes.
 */
final class ScriptedRouter {
  static final long OWN_AS = 65001;

  /** The router of every connected subnet. */
  private static final int GATEWAY = 254;

  private static final Ipv4Address OWN = Ipv4Address.of("192.0.2.1");

  /** {@code STATEMENTS} stands for what a test adds; peers are configured from .11 to .14. */
  private static final String CONFIGURATION =
      """
      interfaces { eth0 { unit 0 { family inet { address 192.0.2.1/24; } } } }
      routing-options { router-id 192.0.2.1; autonomous-system 65001; STATICS }
      protocols { bgp { group peers {
          type internal; local-address 192.0.2.1;
          neighbor 192.0.2.11; neighbor 192.0.2.12; neighbor 192.0.2.13; neighbor 192.0.2.14;
      } } }
      STATEMENTS
      """;

  final RouterEngine engine;
  final SortedMap<String, FibEntry> kernel = new TreeMap<>();
  final List<InstanceFault> faults = new ArrayList<>();
  final List<Notice> notices = new ArrayList<>();

  /** Messages to each peer, by its connection. */
  final SortedMap<ConnectionId, List<Octets>> sent = new TreeMap<>();

  private final List<RouteUpdate> ospfScript = new ArrayList<>();
  private final ArrayDeque<RouterEvent> inbox = new ArrayDeque<>();
  Instant now = Instant.EPOCH;

  ScriptedRouter() {
    this(FaultPolicy.RETHROW, bgp -> bgp);
  }

  ScriptedRouter(FaultPolicy policy, UnaryOperator<ProtocolEngine<BgpEvent, BgpAction>> bgpAccess) {
    engine =
        new RouterEngine(
            new SplittableRandom(1), () -> 0, policy, ospf -> new Scripted(ospf), bgpAccess);
  }

  /**
   * @param statics {@code static { … }} and more of {@code routing-options}
   */
  void commit(String statics, String statements) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config =
        RouterConfigReader.read(
            "test.conf",
            CONFIGURATION.replace("STATICS", statics).replace("STATEMENTS", statements),
            diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    handle(new RouterEvent.ConfigurationCommitted(config));
  }

  /** Interfaces eth0.0 (192.0.2.0/24), eth1.0 (198.51.100.0/24) and eth2.0 (203.0.113.0/24). */
  void start(String statics) {
    commit(statics, "");
    addresses(List.of("192.0.2.1/24"), List.of("198.51.100.1/24"), List.of("203.0.113.1/24"));
  }

  /** The addresses of eth0.0, eth1.0 and so on, which are up. */
  @SafeVarargs
  final void addresses(List<String>... ofEach) {
    List<InterfaceState> interfaces = new ArrayList<>();
    for (List<String> addresses : ofEach) {
      interfaces.add(
          new InterfaceState(
              new InterfaceName("eth" + interfaces.size(), 0),
              interfaces.size() + 1,
              true,
              false,
              false,
              1500,
              addresses.stream().map(InterfaceAddress::of).toList()));
    }
    handle(new RouterEvent.InterfacesChanged(interfaces));
  }

  /** The peer 192.0.2.{@code host} connects; its router id orders like its address. */
  void establish(int host) {
    ConnectionId connection = connection(host);
    Endpoint remote = new Endpoint(Ipv4Address.of("192.0.2." + host), 40_000);
    bgp(new BgpEvent.TransportOpened(connection, new Endpoint(OWN, 179), remote, true));
    RouterId id = RouterId.of("192.0.2." + host);
    Octets open = OpenMessage.of(OWN_AS, 90, id, new Capability.FourOctetAs(OWN_AS)).encode();
    bgp(new BgpEvent.MessageReceived(connection, open));
    bgp(new BgpEvent.MessageReceived(connection, new KeepAliveMessage().encode()));
  }

  void announce(int host, String prefix, String nextHop) {
    announce(host, prefix, PathAttributes.originated().toBuilder().nextHop(v4(nextHop)));
  }

  void announce(int host, String prefix, PathAttributes.Builder attributes) {
    List<Ipv4Prefix> prefixes = List.of(Ipv4Prefix.of(prefix));
    send(
        host,
        new UpdateMessage(
            List.of(),
            List.of(
                new UpdateMessage.Announcement(
                    attributes.localPreference(100L).build(), prefixes))));
  }

  void withdraw(int host, String prefix) {
    send(host, new UpdateMessage(List.of(Ipv4Prefix.of(prefix)), List.of()));
  }

  private void send(int host, UpdateMessage update) {
    bgp(new BgpEvent.MessageReceived(connection(host), update.encode()));
  }

  static ConnectionId connection(int host) {
    return new ConnectionId(-host);
  }

  private void bgp(BgpEvent event) {
    handle(new RouterEvent.BgpTransport(event));
  }

  /** OSPF finds a route by the gateway of eth1.0 or eth2.0. */
  void ospf(String prefix, int eth, long metric) {
    ospf(prefix, via(eth), metric);
  }

  void ospf(String prefix, NextHop via, long metric) {
    Route route =
        new Route(
            Ipv4Prefix.of(prefix),
            new RouteSource(RouteProtocol.OSPF_INTERNAL, ""),
            RouteProtocol.OSPF_INTERNAL.defaultPreference(),
            metric,
            0,
            List.of(via),
            new RouteDetail.None());
    script(new RouteUpdate.Announce(TableId.INET, route));
  }

  void ospfLoses(String prefix) {
    script(
        new RouteUpdate.Withdraw(
            TableId.INET, Ipv4Prefix.of(prefix), new RouteSource(RouteProtocol.OSPF_INTERNAL, "")));
  }

  private void script(RouteUpdate update) {
    ospfScript.add(update);
    Ipv4Address all = v4("224.0.0.5");
    handle(
        new RouterEvent.OspfPacketReceived(new InterfaceName("eth1", 0), all, all, Octets.EMPTY));
  }

  static NextHop.Via via(int eth) {
    String subnet = eth == 1 ? "198.51.100." : "203.0.113.";
    return new NextHop.Via(new InterfaceName("eth" + eth, 0), v4(subnet + GATEWAY));
  }

  void handle(RouterEvent event) {
    inbox.add(event);
    drain();
  }

  private void drain() {
    for (RouterEvent next = inbox.poll(); next != null; next = inbox.poll()) {
      engine.handle(next, now, this::perform);
    }
  }

  void advance(Instant to) {
    now = to;
    engine.advance(now, this::perform);
    drain();
  }

  private void perform(RouterAction action) {
    switch (action) {
      case RouterAction.UpdateFib update -> {
        List<FibResult> results = new ArrayList<>();
        for (FibOperation operation : update.operations()) {
          String prefix = operation.key().toString();
          switch (operation) {
            case FibOperation.Install install -> kernel.put(prefix, install.entry());
            case FibOperation.Remove remove -> kernel.remove(prefix);
          }
          results.add(FibResult.done(operation));
        }
        inbox.add(new RouterEvent.FibUpdated(results));
      }
      case RouterAction.Bgp(BgpAction.SendMessage a) ->
          sent.computeIfAbsent(a.connection(), c -> new ArrayList<>()).add(a.message());
      case RouterAction.SaveFault(InstanceFault fault) -> faults.add(fault);
      case RouterAction.Report(Notice notice) -> notices.add(notice);
      case RouterAction.Bgp a -> {}
      case RouterAction.Ospf a -> {}
      case RouterAction.Rip a -> {}
      case RouterAction.Bfd a -> {}
      case RouterAction.Ike a -> {}
      case RouterAction.Monitor a -> {}
      case RouterAction.Rpm a -> {}
      case RouterAction.ApplySystem a -> {}
      case RouterAction.ReadFib a -> {}
    }
  }

  /** The gateway of the kernel's route, or null if it has none. */
  @Nullable String gateway(String prefix) {
    FibEntry entry = kernel.get(prefix);
    return entry == null ? null : String.valueOf(entry.nextHops().getFirst().gateway());
  }

  /** Why a source's route of that prefix is hidden; null if it is not, or not there. */
  @Nullable String hiddenReason(String prefix, String source) {
    RouteEntry entry = engine.tables().table(TableId.INET).entry(prefix(prefix));
    return entry == null
        ? null
        : entry.candidates().stream()
            .filter(c -> c.route().source().instance().equals(source) && c.hiddenReason() != null)
            .map(RouteEntry.Candidate::hiddenReason)
            .findFirst()
            .orElse(null);
  }

  static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static Ipv4Address v4(String text) {
    return Ipv4Address.of(text);
  }

  /** OSPF as it is, but that a packet stands for the routes of the script. */
  private final class Scripted implements ProtocolEngine<OspfEvent, OspfAction> {
    private final ProtocolEngine<OspfEvent, OspfAction> ospf;

    Scripted(ProtocolEngine<OspfEvent, OspfAction> ospf) {
      this.ospf = ospf;
    }

    @Override
    public void handle(OspfEvent event, Instant now, ActionSink<? super OspfAction> actions) {
      if (event instanceof OspfEvent.PacketReceived) {
        actions.add(new OspfAction.UpdateRoutes(ospfScript));
        ospfScript.clear();
      } else {
        ospf.handle(event, now, actions);
      }
    }

    @Override
    public void advance(Instant now, ActionSink<? super OspfAction> actions) {
      ospf.advance(now, actions);
    }

    @Override
    public @Nullable Deadline nextDeadline() {
      return ospf.nextDeadline();
    }
  }
}
