package dev.culvert.engine.config;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEngine;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import dev.culvert.core.policy.PolicyUse;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.OspfEngine;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.packet.ExternalLsa;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A policy chain in one of the places where it can be used, and what becomes of a route there. */
final class PolicyBench {
  /** What becomes of a route that the chain does not let pass. */
  static final String NOTHING = "nothing";

  /** The routes there are to choose from, all of one prefix. */
  enum Subject {
    BGP(RouteProtocol.BGP),
    STATIC(RouteProtocol.STATIC),
    STATIC_NAT(RouteProtocol.STATIC_NAT),
    ARI_TS(RouteProtocol.ARI_TS),
    DIRECT(RouteProtocol.DIRECT),
    LOCAL(RouteProtocol.LOCAL),
    OSPF_EXTERNAL(RouteProtocol.OSPF_EXTERNAL),
    RIP(RouteProtocol.RIP),
    RIPNG(RouteProtocol.RIPNG),
    AGGREGATE(RouteProtocol.AGGREGATE);

    private final RouteProtocol protocol;

    Subject(RouteProtocol protocol) {
      this.protocol = protocol;
    }
  }

  private static final Ipv4Prefix PREFIX = Ipv4Prefix.of("10.64.0.0/16");
  private static final NextHop OUT =
      new NextHop.Via(InterfaceName.of("eth0.0"), Ipv4Address.of("192.0.2.9"));
  private static final Instant NOW = Instant.EPOCH;

  /** A neighbor of ours, and the number of its connection. */
  private record Neighbor(String address, long asNumber, ConnectionId connection) {
    static final Neighbor FEEDER = new Neighbor("192.0.2.9", 65009, new ConnectionId(-1));
    static final Neighbor OUTSIDE = new Neighbor("192.0.2.2", 65002, new ConnectionId(-2));
    static final Neighbor INSIDE = new Neighbor("192.0.2.3", 65001, new ConnectionId(-3));
  }

  private static final InterfaceState ETH0 = device("eth0.0", 2, "192.0.2.1");
  private static final InterfaceState ETH1 = device("eth1.0", 3, "10.1.0.1");

  private final PolicyUse use;
  private final Diagnostics diagnostics = new Diagnostics();
  private final RouterConfig config;

  /**
   * @param chain names of policies
   * @param options what stands in {@code policy-options}
   */
  PolicyBench(PolicyUse use, String chain, String options) {
    this.use = use;
    this.config = RouterConfigReader.read("test.conf", text(chain, options), diagnostics);
  }

  private String text(String chain, String options) {
    return """
    routing-options { router-id 192.0.2.1; autonomous-system 65001; }
    protocols {
      bgp {
        group feeder { type external; peer-as 65009; neighbor 192.0.2.9 { passive; %s } }
        group outside { type external; peer-as 65002; neighbor 192.0.2.2 { passive; %s } }
        group inside { type internal; neighbor 192.0.2.3 { passive; %s } }
      }
      ospf { %s area 0.0.0.0 { interface eth1.0; } }
    }
    policy-options { %s }
    """
        .formatted(
            use == PolicyUse.BGP_IMPORT ? "import [ " + chain + " ];" : "",
            use == PolicyUse.BGP_EXPORT_EXTERNAL ? "export [ " + chain + " ];" : "",
            use == PolicyUse.BGP_EXPORT_INTERNAL ? "export [ " + chain + " ];" : "",
            use == PolicyUse.OSPF_EXPORT ? "export [ " + chain + " ];" : "",
            options);
  }

  List<Diagnostics.Finding> findings() {
    return diagnostics.findings();
  }

  /** What is taken in or announced, in words; or {@link #NOTHING}. */
  String outcome(Subject subject) {
    return switch (use) {
      case BGP_IMPORT -> new Bgp().imported();
      case BGP_EXPORT_EXTERNAL -> new Bgp().exported(Neighbor.OUTSIDE, subject);
      case BGP_EXPORT_INTERNAL -> new Bgp().exported(Neighbor.INSIDE, subject);
      case OSPF_EXPORT -> exportedByOspf(subject);
      case RIP_IMPORT, RIP_EXPORT ->
          throw new IllegalStateException("words for RIP have a test of their own");
    };
  }

  private final class Bgp {
    private final BgpEngine engine = new BgpEngine(new Random(1));
    private final List<BgpAction> actions = new ArrayList<>();

    Bgp() {
      handle(new BgpEvent.ConfigurationCommitted(config.bgp()));
      handle(new BgpEvent.InterfacesChanged(InterfaceChanges.of(List.of(ETH0, ETH1))));
    }

    String imported() {
      Route route = feed();
      return route == null ? NOTHING : describe(route);
    }

    String exported(Neighbor to, Subject subject) {
      establish(to);
      Route route = subject == Subject.BGP ? feed() : route(subject);
      if (route == null) {
        throw new IllegalStateException("the route was not taken in");
      }
      handle(
          new BgpEvent.RibChanged(
              List.of(
                  new RibDelta(
                      TableId.INET, PREFIX, null, new ActiveRoute(route, List.of(OUT), NOW)))));
      String announced = NOTHING;
      for (BgpAction action : actions) {
        if (action instanceof BgpAction.SendMessage(ConnectionId receiver, Octets message)
            && receiver.equals(to.connection())
            && MessageDecoder.decode(message, new AttributeContext(true, to != Neighbor.INSIDE))
                instanceof MessageOutcome.ValidUpdate(UpdateMessage update, var reactions)
            && !update.announcements().isEmpty()) {
          announced = describe(update.announcements().getFirst().attributes());
        }
      }
      return announced;
    }

    /** The feeder announces its route; what the table is offered of it, or null. */
    private Route feed() {
      establish(Neighbor.FEEDER);
      PathAttributes attributes =
          new PathAttributes.Builder()
              .origin(Origin.EGP)
              .asPath(AsPath.sequence(65009L, 65010L))
              .nextHop(Ipv4Address.of(Neighbor.FEEDER.address()))
              .med(30L)
              .communities(Communities.parse(List.of("65009:100", "large:65009:1:2")).orElseThrow())
              .build();
      receive(Neighbor.FEEDER, UpdateMessage.announce(attributes, PREFIX).encode());
      return actions.stream()
          .filter(BgpAction.UpdateRoutes.class::isInstance)
          .flatMap(action -> ((BgpAction.UpdateRoutes) action).updates().stream())
          .filter(RouteUpdate.Announce.class::isInstance)
          .map(update -> ((RouteUpdate.Announce) update).route())
          .reduce((first, last) -> last)
          .orElse(null);
    }

    private void establish(Neighbor neighbor) {
      Endpoint local = new Endpoint(Ipv4Address.of("192.0.2.1"), 179);
      Endpoint remote = new Endpoint(Ipv4Address.of(neighbor.address()), 50000);
      handle(new BgpEvent.TransportOpened(neighbor.connection(), local, remote, true));
      OpenMessage open =
          OpenMessage.of(
              neighbor.asNumber(),
              90,
              RouterId.of(neighbor.address()),
              Capability.Multiprotocol.IPV4_UNICAST,
              new Capability.FourOctetAs(neighbor.asNumber()));
      receive(neighbor, open.encode());
      receive(neighbor, new KeepAliveMessage().encode());
    }

    private void receive(Neighbor from, Octets message) {
      handle(new BgpEvent.MessageReceived(from.connection(), message));
    }

    private void handle(BgpEvent first) {
      ArrayDeque<BgpEvent> events = new ArrayDeque<>(List.of(first));
      while (!events.isEmpty()) {
        engine.handle(
            events.poll(),
            NOW,
            action -> {
              actions.add(action);
              if (action instanceof BgpAction.TrackNextHop(var nextHop)) {
                events.add(new BgpEvent.NextHopChanged(nextHop, new NextHopState(0)));
              }
            });
      }
    }
  }

  private String exportedByOspf(Subject subject) {
    OspfEngine engine = new OspfEngine(new Random(1));
    engine.handle(new OspfEvent.ConfigurationCommitted(config.ospf()), NOW, action -> {});
    engine.handle(new OspfEvent.InterfaceChanged(ETH1), NOW, action -> {});
    engine.handle(
        new OspfEvent.RibChanged(
            List.of(
                new RibDelta(
                    TableId.INET,
                    PREFIX,
                    null,
                    new ActiveRoute(route(subject), List.of(OUT), NOW)))),
        NOW,
        action -> {});
    return engine.database(NOW).stream()
        .map(OspfDatabaseEntry::body)
        .filter(ExternalLsa.class::isInstance)
        .map(body -> describe((ExternalLsa) body))
        .findFirst()
        .orElse(NOTHING);
  }

  private static Route route(Subject subject) {
    RouteDetail detail =
        switch (subject) {
          case BGP ->
              new RouteDetail.Bgp(
                  100,
                  30L,
                  AsPath.sequence(65009L, 65010L),
                  Origin.EGP,
                  Communities.parse(List.of("65009:100", "large:65009:1:2")).orElseThrow(),
                  Ipv4Address.of("192.0.2.9"),
                  RouterId.of("192.0.2.9"),
                  65009,
                  true,
                  Ipv4Address.of("192.0.2.9"),
                  0,
                  null);
          case STATIC -> new RouteDetail.Static(7);
          case OSPF_EXTERNAL ->
              new RouteDetail.Ospf(
                  RouteDetail.OspfPathType.TYPE_2_EXTERNAL, 7, RouterId.of("10.9.9.9"));
          case DIRECT, LOCAL, STATIC_NAT, ARI_TS, RIP, RIPNG, AGGREGATE -> new RouteDetail.None();
        };
    return new Route(
        PREFIX,
        new RouteSource(subject.protocol, ""),
        subject.protocol.defaultPreference(),
        30,
        0,
        List.of(new NextHop.Recursive(Ipv4Address.of("192.0.2.9"))),
        detail);
  }

  private static String describe(Route route) {
    RouteDetail.Bgp bgp = (RouteDetail.Bgp) route.detail();
    return "preference %d metric %d tag %d localpref %d path %s origin %s communities %s nexthop %s."
        .formatted(
            route.preference(),
            route.metric(),
            bgp.tag(),
            bgp.localPreference(),
            bgp.asPath(),
            bgp.origin().letter(),
            bgp.communities().texts(),
            bgp.protocolNextHop());
  }

  private static String describe(PathAttributes attributes) {
    return "med %s localpref %s path %s origin %s communities %s nexthop %s."
        .formatted(
            attributes.med(),
            attributes.localPreference(),
            attributes.asPath(),
            attributes.origin().letter(),
            attributes.communities().texts(),
            attributes.nextHop());
  }

  private static String describe(ExternalLsa external) {
    return "metric %d type %d tag %d."
        .formatted(external.metric(), external.type2() ? 2 : 1, external.tag());
  }

  private static InterfaceState device(String name, int index, String address) {
    return new InterfaceState(
        InterfaceName.of(name),
        index,
        true,
        false,
        false,
        1500,
        List.of(new InterfaceAddress(Ipv4Address.of(address), 24)));
  }
}
