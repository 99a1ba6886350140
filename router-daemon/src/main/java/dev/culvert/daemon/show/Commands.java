package dev.culvert.daemon.show;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Element;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.ConfigSelection;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.engine.config.RouterConfigReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operational commands: one table from words to what they print, which also answers completion.
 * Words may be abbreviated as long as they are unambiguous. Safe to share.
 */
public final class Commands {
  /** Stands for the words of a configuration path. */
  private static final String STATEMENT = "<statement>";

  /** One request on its way to a command. */
  private record Call(
      Request request, AnswerStream answer, List<String> arguments, BooleanSupplier cancelled) {
    boolean elements() {
      return request.format() == Request.Format.ELEMENTS;
    }

    boolean has(String word) {
      return arguments.contains(word);
    }
  }

  @FunctionalInterface
  private interface Handler {
    /** Null if it succeeded, otherwise one line for the operator. */
    @Nullable String run(Call call);
  }

  /**
   * @param words fixed words of the command
   * @param options words that may follow, or {@code <placeholder>}s for free ones
   */
  private record Command(
      List<String> words, String help, List<String> options, boolean changes, Handler handler) {}

  private final RouterState router;
  private final List<Command> commands = new ArrayList<>();

  public Commands(RouterState router) {
    this.router = router;
    defineRouting();
    defineProtocols();
    defineSecurity();
    defineSystem();
  }

  private void defineRouting() {
    show(
        "route",
        "Routing tables",
        List.of("<prefix>", "brief", "terse", "detail", "protocol", "table"),
        this::route);
    show("route forwarding-table", "Routes given to the kernel", List.of(), this::forwardingTable);
    show(
        "route receive-protocol bgp",
        "Routes a peer sent",
        List.of("<peer>"),
        c -> peerRoutes(c, true));
    show(
        "route advertising-protocol bgp",
        "Routes sent to a peer",
        List.of("<peer>"),
        c -> peerRoutes(c, false));
    show(
        "interfaces terse",
        "State and addresses of interfaces",
        List.of(),
        c ->
            page(
                c, InterfacesShow.terse(router.interfaces(), router.configuration().interfaces())));
  }

  private void defineProtocols() {
    show(
        "ospf neighbor",
        "OSPF neighbors",
        List.of("detail"),
        c -> page(c, OspfShow.neighbors(router.ospfNeighbors(), c.has("detail"))));
    show(
        "ospf interface",
        "OSPF interfaces",
        List.of("detail"),
        c -> page(c, OspfShow.interfaces(router.ospfInterfaces(), c.has("detail"))));
    show(
        "ospf database",
        "Link-state database",
        List.of(),
        c -> page(c, OspfShow.database(router.ospfDatabase())));
    show(
        "ospf overview",
        "OSPF instance",
        List.of(),
        c -> page(c, OspfShow.overview(router.ospfOverview())));
    show(
        "ospf statistics",
        "OSPF packet counters",
        List.of(),
        c -> page(c, OspfShow.statistics(router.ospfStatistics())));
    show(
        "bgp summary",
        "BGP peers, a line each",
        List.of(),
        c -> page(c, BgpShow.summary(router.bgpSummary(), router.now())));
    show("bgp neighbor", "BGP peers in detail", List.of("<peer>"), this::bgpNeighbor);
    show(
        "bfd session",
        "BFD sessions",
        List.of("detail"),
        c ->
            page(
                c,
                BfdShow.sessions(
                    router.bfdSessions(),
                    s -> router.bfdClients(s.targets()),
                    c.has("detail"),
                    router.now())));
    change("clear bgp neighbor", "Reset BGP sessions", List.of("<peer>", "soft"), this::clearBgp);
  }

  private void defineSecurity() {
    show(
        "security ike security-associations",
        "IKE SAs",
        List.of("detail"),
        c -> page(c, SecurityShow.ikeSas(router.ikeSas(), c.has("detail"))));
    show(
        "security ipsec security-associations",
        "IPsec SAs",
        List.of("detail"),
        c -> page(c, SecurityShow.ipsecSas(router.ipsecSas(), router.vpns(), c.has("detail"))));
    show(
        "security ipsec inactive-tunnels",
        "Tunnels that are down, and why",
        List.of("detail"),
        c -> page(c, SecurityShow.inactiveTunnels(router.vpns(), c.has("detail"), router.now())));
    show(
        "security ipsec statistics",
        "ESP packet counters",
        List.of(),
        c -> page(c, SecurityShow.statistics(router.dataPath())));
    change(
        "clear security ike security-associations",
        "Delete IKE SAs and negotiate anew",
        List.of("<gateway>"),
        this::clearIke);
    change(
        "request security ike rekey",
        "Rekey the IKE SA of a gateway",
        List.of("<gateway>"),
        c -> rekey(c, true));
    change(
        "request security ipsec rekey",
        "Rekey the IPsec SAs of a gateway",
        List.of("<gateway>"),
        c -> rekey(c, false));
  }

  private void defineSystem() {
    show("configuration", "Configuration in force", List.of(STATEMENT), this::configuration);
    show(
        "system status",
        "State of this process",
        List.of(),
        c ->
            page(
                c,
                SystemShow.status(
                    router.state(),
                    router.started(),
                    router.now(),
                    router.facts(),
                    router.instances())));
    show(
        "version",
        "Versions",
        List.of(),
        c ->
            page(
                c,
                SystemShow.version(router.configuration().system().hostName(), router.version())));
  }

  private void show(String words, String help, List<String> options, Handler handler) {
    define("show " + words, help, options, false, handler);
  }

  private void change(String words, String help, List<String> options, Handler handler) {
    define(words, help, options, true, handler);
  }

  private void define(
      String words, String help, List<String> options, boolean changes, Handler handler) {
    commands.add(new Command(List.of(words.split(" ")), help, options, changes, handler));
  }

  /**
   * Runs a command line.
   *
   * @return null if it succeeded, otherwise one line for the operator
   */
  public @Nullable String run(
      Request request, boolean mayConfigure, AnswerStream answer, BooleanSupplier cancelled) {
    List<String> words = words(request.text());
    List<Command> matching = longest(words);
    if (matching.isEmpty()) {
      return unknown(words);
    }
    if (matching.size() > 1) {
      return "ambiguous command: " + request.text().strip();
    }
    Command command = matching.getFirst();
    if (command.changes() && !mayConfigure) {
      return "permission denied: only root and group culvert may do that";
    }
    List<String> arguments = words.subList(command.words().size(), words.size());
    boolean free = command.options().stream().anyMatch(o -> o.startsWith("<"));
    for (String argument : arguments) {
      if (!free && !command.options().contains(argument)) {
        return "unknown option: " + argument;
      }
    }
    return command.handler().run(new Call(request, answer, arguments, cancelled));
  }

  private static List<String> words(String line) {
    String trimmed = line.strip();
    return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("\\s+"));
  }

  /** The commands that match with the most words; exact words beat abbreviations. */
  private List<Command> longest(List<String> words) {
    List<Command> matching = commands.stream().filter(c -> matches(c, words)).toList();
    int most = matching.stream().mapToInt(c -> c.words().size()).max().orElse(0);
    List<Command> longest = matching.stream().filter(c -> c.words().size() == most).toList();
    List<Command> exact =
        longest.stream().filter(c -> words.subList(0, most).equals(c.words())).toList();
    return exact.isEmpty() ? longest : exact;
  }

  private static boolean matches(Command command, List<String> words) {
    if (words.size() < command.words().size()) {
      return false;
    }
    for (int i = 0; i < command.words().size(); i++) {
      if (!command.words().get(i).startsWith(words.get(i))) {
        return false;
      }
    }
    return true;
  }

  private String unknown(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      List<String> sofar = words.subList(0, i + 1);
      if (commands.stream().noneMatch(c -> isPrefix(sofar, c.words()))) {
        return "unknown command: '" + words.get(i) + "'";
      }
    }
    return words.isEmpty() ? "empty command" : "incomplete command: " + String.join(" ", words);
  }

  private static boolean isPrefix(List<String> typed, List<String> words) {
    for (int i = 0; i < typed.size(); i++) {
      if (i >= words.size() || !words.get(i).startsWith(typed.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** What may follow the line up to the cursor. */
  public List<Completion> complete(String line) {
    List<String> typed = new ArrayList<>(words(line));
    String partial = line.isEmpty() || line.endsWith(" ") ? "" : typed.removeLast();
    TreeMap<String, Completion> found = new TreeMap<>();
    for (Command command : commands) {
      if (typed.size() < command.words().size()) {
        if (isPrefix(typed, command.words())) {
          String next = command.words().get(typed.size());
          String help = typed.size() + 1 == command.words().size() ? command.help() : "";
          if (next.startsWith(partial)) {
            found.merge(next, Completion.word(next, help), (a, b) -> a.help().isEmpty() ? b : a);
          }
        }
      } else if (command.options().contains(STATEMENT) && matches(command, typed)) {
        List<String> path = typed.subList(command.words().size(), typed.size());
        ConfigurationShow.complete(RouterConfigReader.schema(), path, partial)
            .forEach(c -> found.put(c.word(), c));
      } else if (matches(command, typed)) {
        for (String option : command.options()) {
          if (option.startsWith("<")) {
            found.put(option, Completion.placeholder(option, ""));
          } else if (option.startsWith(partial)) {
            found.put(option, Completion.word(option, ""));
          }
        }
      }
    }
    return List.copyOf(found.values());
  }

  private static @Nullable String page(Call call, Page page) {
    if (call.elements()) {
      call.answer().element(page.element());
    } else {
      page.lines().forEach(call.answer()::line);
    }
    return null;
  }

  private @Nullable String route(Call call) {
    RouteShow.Depth depth = RouteShow.Depth.BRIEF;
    @Nullable String protocol = null;
    @Nullable String table = null;
    @Nullable String destination = null;
    List<String> arguments = call.arguments();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      switch (word) {
        case "brief" -> depth = RouteShow.Depth.BRIEF;
        case "terse" -> depth = RouteShow.Depth.TERSE;
        case "detail", "extensive" -> depth = RouteShow.Depth.DETAIL;
        case "protocol", "table" -> {
          if (++i == arguments.size()) {
            return "'" + word + "' needs a name";
          }
          if (word.equals("protocol")) {
            protocol = arguments.get(i);
          } else {
            table = arguments.get(i);
          }
        }
        default -> {
          if (destination != null) {
            return "unexpected '" + word + "'";
          }
          destination = word;
        }
      }
    }
    if (protocol != null && !isProtocol(protocol)) {
      return "no such protocol: " + protocol;
    }
    if (table != null && !table.equals("inet.0") && !table.equals("inet6.0")) {
      return "no such table: " + table;
    }
    Optional<IpPrefix> within =
        destination == null ? Optional.empty() : IpPrefix.parse(destination);
    Optional<IpAddress> exactly =
        destination == null ? Optional.empty() : IpAddress.parse(destination);
    if (destination != null && within.isEmpty() && exactly.isEmpty()) {
      return "'" + destination + "' is neither an address nor a prefix";
    }
    if (call.elements()) {
      call.answer().open(Element.empty("route-information"));
    }
    Instant now = router.now();
    RouteShow show = new RouteShow(call.answer(), call.elements(), depth, now);
    for (AddressFamily family : AddressFamily.values()) {
      String name = family == AddressFamily.INET ? "inet.0" : "inet6.0";
      boolean asked =
          (table == null || table.equals(name))
              && within.map(p -> p.family() == family).orElse(true)
              && exactly.map(a -> a.family() == family).orElse(true);
      if (asked && !call.cancelled().getAsBoolean()) {
        List<RouteEntry> entries =
            exactly
                .map(a -> Stream.ofNullable(router.routeTo(a)).toList())
                .orElseGet(() -> router.routes(family, within.orElse(null)));
        show.table(router.routeCounts(family), ofProtocol(entries, protocol));
      }
    }
    if (call.elements()) {
      call.answer().close();
    }
    return null;
  }

  private static boolean isProtocol(String name) {
    return Arrays.stream(RouteProtocol.values())
        .anyMatch(p -> p.junosName().equalsIgnoreCase(name));
  }

  private static List<RouteEntry> ofProtocol(List<RouteEntry> entries, @Nullable String protocol) {
    if (protocol == null) {
      return entries;
    }
    return entries.stream()
        .map(e ->
            new RouteEntry(
                e.prefix(),
                e.candidates().stream()
                    .filter(c -> c.route().protocol().junosName().equalsIgnoreCase(protocol))
                    .toList()))
        .filter(e -> !e.candidates().isEmpty())
        .toList();
  }

  private @Nullable String forwardingTable(Call call) {
    Page page = new Page("forwarding-table-information");
    for (AddressFamily family : AddressFamily.values()) {
      boolean inet = family == AddressFamily.INET;
      page.line("Routing table: default.%s", inet ? "inet" : "inet6");
      page.line("%s:", inet ? "Internet" : "Internet6");
      page.line("Destination        Type RtRef Next hop           Type Index    NhRef Netif");
      Element.Builder table =
          Element.builder("route-table")
              .leaf("table-name", inet ? "default.inet" : "default.inet6");
      for (FibEntry entry : router.forwardingTable(family)) {
        table.child(forwardingEntry(page, entry));
      }
      page.element(table);
      page.blank();
    }
    return page(call, page);
  }

  private static Element.Builder forwardingEntry(Page page, FibEntry entry) {
    Element.Builder element =
        Element.builder("rt-entry")
            .leaf("rt-destination", entry.prefix().toString())
            .leaf("destination-type", "user");
    String row = "%-18s %-4s %5d %-18s %-4s %8s %5s %s";
    switch (entry.kind()) {
      case BLACKHOLE, UNREACHABLE -> {
        String type = entry.kind() == FibEntry.Kind.BLACKHOLE ? "dscd" : "rjct";
        page.line("%s", String.format(row, entry.prefix(), "user", 0, "", type, "", "", ""));
        element.child(Element.builder("nh").leaf("nh-type", type));
      }
      case UNICAST -> {
        String destination = entry.prefix().toString();
        for (FibEntry.Hop hop : entry.nextHops()) {
          String gateway = hop.gateway() == null ? "" : hop.gateway().toString();
          page.line(
              "%s",
              String.format(
                  row,
                  destination,
                  destination.isEmpty() ? "" : "user",
                  0,
                  gateway,
                  "ucst",
                  "",
                  "",
                  hop.out()));
          element.child(
              Element.builder("nh")
                  .leafIfPresent("to", hop.gateway() == null ? null : gateway)
                  .leaf("nh-type", "ucst")
                  .leaf("via", hop.out().toString()));
          destination = "";
        }
      }
    }
    return element;
  }

  private @Nullable String peerRoutes(Call call, boolean received) {
    Optional<IpAddress> peer = firstAddress(call);
    if (peer.isEmpty() || call.arguments().size() != 1) {
      return "name the peer by its address";
    }
    if (!isNeighbor(peer.get())) {
      return "no such neighbor: " + peer.get();
    }
    return page(
        call,
        BgpShow.peerRoutes(
            received ? router.bgpReceived(peer.get()) : router.bgpAdvertised(peer.get())));
  }

  private static Optional<IpAddress> firstAddress(Call call) {
    return call.arguments().stream().flatMap(w -> IpAddress.parse(w).stream()).findFirst();
  }

  private boolean isNeighbor(IpAddress address) {
    return router.bgpNeighbors().stream().anyMatch(n -> n.address().equals(address));
  }

  private @Nullable String bgpNeighbor(Call call) {
    List<BgpNeighbor> neighbors = router.bgpNeighbors();
    if (!call.arguments().isEmpty()) {
      Optional<IpAddress> asked = firstAddress(call);
      if (asked.isEmpty() || call.arguments().size() != 1) {
        return "name the peer by its address";
      }
      neighbors = neighbors.stream().filter(n -> n.address().equals(asked.get())).toList();
      if (neighbors.isEmpty()) {
        return "no such neighbor: " + asked.get();
      }
    }
    return page(call, BgpShow.neighbors(neighbors, router.now()));
  }

  private @Nullable String clearBgp(Call call) {
    List<String> named = call.arguments().stream().filter(w -> !w.equals("soft")).toList();
    Optional<IpAddress> peer = firstAddress(call);
    if (named.size() > 1 || (peer.isEmpty() && !named.isEmpty())) {
      return "name the peer by its address";
    }
    if (peer.isPresent() && !isNeighbor(peer.get())) {
      return "no such neighbor: " + peer.get();
    }
    router.clearBgp(peer.orElse(null), call.has("soft"));
    return null;
  }

  private @Nullable String clearIke(Call call) {
    if (call.arguments().isEmpty()) {
      router.clearIke(null);
      return null;
    }
    return ofGateway(call, router::clearIke);
  }

  private @Nullable String rekey(Call call, boolean ikeSa) {
    return ofGateway(call, gateway -> router.rekey(gateway, ikeSa));
  }

  /** Does it for the one gateway that the operator names. */
  private @Nullable String ofGateway(Call call, Consumer<String> action) {
    if (call.arguments().size() != 1) {
      return "name the gateway";
    }
    String gateway = call.arguments().getFirst();
    if (router.configuration().ipsec().gateway(gateway).isEmpty()) {
      return "no such gateway: " + gateway;
    }
    action.accept(gateway);
    return null;
  }

  private @Nullable String configuration(Call call) {
    ConfigSelection selection = ConfigSelection.of(router.configuration().tree(), call.arguments());
    return switch (selection) {
      case ConfigSelection.Unknown(String reason) -> reason;
      case ConfigSelection.NotSet() -> {
        if (call.elements()) {
          call.answer().element(ConfigurationShow.nothing());
        }
        yield null;
      }
      case ConfigSelection.Found found -> {
        switch (call.request().format()) {
          case ELEMENTS -> call.answer().element(ConfigurationShow.element(found));
          case SET -> found.toSet(false).lines().forEach(call.answer()::line);
          case TEXT -> found.toBraces(false).lines().forEach(call.answer()::line);
        }
        yield null;
      }
    };
  }
}
