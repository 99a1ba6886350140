package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Others are at work in the kernel's table: theirs stay, whatever they do, and ours carry the
 * traffic that the routing table says.
 */
@Lab
class ForeignRoutesLabTest {
  /** More than the socket for notifications holds. */
  private static final int FLOOD = 150_000;

  /**
   * One destination in every family and form.
   *
   * @param ours our next hops, theirs somebody else's
   */
  private record Destination(String prefix, String host, List<String> ours, String theirs) {
    String family() {
      return prefix.contains(":") ? "-6" : "-4";
    }

    @Override
    public String toString() {
      return prefix + " over " + ours;
    }
  }

  static Stream<Destination> destinations() {
    return Stream.of(
        new Destination("10.9.0.0/16", "10.9.1.1", List.of("10.1.0.100"), "10.1.0.200"),
        new Destination(
            "10.8.0.0/16", "10.8.1.1", List.of("10.1.0.100", "10.1.0.101"), "10.1.0.200"),
        new Destination("2001:db8:9::/48", "2001:db8:9::1", List.of("fd01::100"), "fd01::200"),
        new Destination(
            "2001:db8:8::/48", "2001:db8:8::1", List.of("fd01::100", "fd01::101"), "fd01::200"));
  }

  private LabNetwork network;
  private NetworkNamespace machine;
  private CulvertProcess router;

  @BeforeEach
  void start() {
    network = LabNetwork.create();
    machine = network.namespace("machine");
    NetworkNamespace lan = network.namespace("lan");
    network.wire(machine, "eth0", lan, "eth0");
    router = CulvertProcess.start(network, machine, "router", configuration(""));
  }

  @AfterEach
  void stop() {
    network.close();
  }

  @ParameterizedTest
  @MethodSource("destinations")
  void aRouteOfTheirsThatReplacesOursStaysAndOursStandsBesideIt(Destination to) {
    configure(to);
    awaitOurs(to, 20);

    ip(to, "replace", to.prefix(), "via", to.theirs(), "proto", "static", "metric", "20");

    awaitOurs(to, 19);
    assertThat(theirs(to)).isEqualTo(1);
    assertInUse(to, to.ours());
    assertThat(router.log())
        .contains("FIB_FOREIGN_ROUTE protocol=static prefix=" + to.prefix() + " metric=20");

    ip(to, "delete", to.prefix(), "proto", "static");
    assertInUse(to, to.ours());

    ip(to, "add", to.prefix(), "via", to.theirs(), "proto", "static", "metric", "20");
    router.reload(configuration(""));
    awaitGone(to);
    assertThat(theirs(to)).as("ours is gone, theirs is there").isEqualTo(1);
  }

  /** Also those of types that ours never have, such as prohibit. */
  @ParameterizedTest
  @MethodSource("typesAndDestinations")
  void aRouteOfTheirsOfAnyTypeStaysThroughChangesAndComparisons(String type, Destination to)
      throws IOException {
    configure(to);
    awaitOurs(to, 20);

    List<String> route = new ArrayList<>(List.of("replace", type, to.prefix()));
    if (type.equals("local")) {
      route.addAll(List.of("dev", "lo", "table", "main"));
    }
    route.addAll(List.of("proto", "static", "metric", "20"));
    ip(to, route.toArray(String[]::new));
    awaitOurs(to, 19);
    assertTheirs(type, to);

    Destination moved = new Destination(to.prefix(), to.host(), List.of(to.theirs()), to.theirs());
    configure(moved);
    awaitOurs(moved, 19);
    assertTheirs(type, to);
    assertInUse(to, moved.ours());

    // A loss of news has the whole table compared.
    router.process().signal("STOP");
    flood();
    router.process().signal("CONT");
    Await.until(
        TwoRouters.SOON,
        "the loss",
        () -> router.log().contains("KERNEL_NOTIFICATIONS_LOST"),
        router::log);
    configure(to);
    Await.until(
        TwoRouters.SOON,
        "the next hops of before",
        () -> ours(to).size() == 1 && ours(to).getFirst().contains(to.ours().getFirst()),
        () -> table(to) + "\n" + router.log());
    assertTheirs(type, to);
    assertInUse(to, to.ours());
  }

  static Stream<Arguments> typesAndDestinations() {
    List<Destination> all = destinations().toList();
    return Stream.of("prohibit", "throw", "local")
        .flatMap(type -> Stream.of(all.get(0), all.get(2)).map(to -> Arguments.of(type, to)));
  }

  private void assertTheirs(String type, Destination to) {
    assertThat(table(to).lines())
        .as(table(to))
        .filteredOn(line -> line.contains("proto static "))
        .singleElement()
        .asString()
        .contains(type, "metric 20");
  }

  @ParameterizedTest
  @MethodSource("destinations")
  void aRouteOfTheirsThatWasThereFirstIsNotReplaced(Destination to) {
    ip(to, "add", to.prefix(), "via", to.theirs(), "proto", "static", "metric", "20");

    configure(to);

    awaitOurs(to, 19);
    assertThat(theirs(to)).isEqualTo(1);
    assertInUse(to, to.ours());

    assertThat(router.stop()).as(router.log()).isTrue();
    assertThat(ours(to)).isEmpty();
    assertThat(theirs(to)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("destinations")
  void aRouteThatTheyPutBesideOursIsGivenWayTo(Destination to) {
    configure(to);
    awaitOurs(to, 20);

    ip(to, "append", to.prefix(), "via", to.theirs(), "proto", "static", "metric", "20");

    awaitOurs(to, 19);
    Await.until(TwoRouters.SOON, "theirs alone at 20", () -> theirs(to) == 1, () -> table(to));
    assertThat(table(to)).contains(to.theirs());
    assertInUse(to, to.ours());
  }

  @ParameterizedTest
  @MethodSource("destinations")
  void whatSomeoneDeletesOrAltersIsPutRight(Destination to) {
    configure(to);
    awaitOurs(to, 20);

    ip(to, "delete", to.prefix(), "proto", "151");
    awaitOurs(to, 20);

    ip(to, "replace", to.prefix(), "via", to.theirs(), "proto", "151", "metric", "20");
    awaitOurs(to, 20);
    ip(to, "add", to.prefix(), "via", to.theirs(), "proto", "151", "metric", "7");
    awaitOurs(to, 20);

    machine.down("eth0");
    machine.up("eth0");
    awaitOurs(to, 20);

    machine.ip("address", "delete", "10.1.0.1/24", "dev", "eth0");
    machine.ip("address", "delete", "fd01::1/64", "dev", "eth0");
    Await.until(
        TwoRouters.SOON,
        "the addresses again",
        () -> machine.ip("address", "show", "dev", "eth0").contains("10.1.0.1/24"),
        router::log);
    Await.until(
        TwoRouters.SOON,
        "the addresses again",
        () -> machine.ip("address", "show", "dev", "eth0").contains("fd01::1/64"),
        router::log);
    awaitOurs(to, 20);
  }

  @ParameterizedTest
  @MethodSource("destinations")
  void whatHappenedWhileNotificationsWereLostIsFoundByComparing(Destination to) throws IOException {
    configure(to);
    awaitOurs(to, 20);
    router.process().signal("STOP");

    flood();
    ip(to, "replace", to.prefix(), "via", to.theirs(), "proto", "static", "metric", "20");
    router.process().signal("CONT");

    awaitOurs(to, 19);
    assertThat(theirs(to)).isEqualTo(1);
    assertThat(router.log()).contains("KERNEL_NOTIFICATIONS_LOST", "FIB_FOREIGN_ROUTE");
  }

  /** So many changes of another table that a router which does not run misses some. */
  private void flood() throws IOException {
    Path batch = network.folder("flood").resolve("batch");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < FLOOD; i++) {
      String type = i % 2 == 0 ? "unreachable" : "blackhole";
      text.append("route replace ").append(type).append(" 198.18.0.1 table 1000\n");
    }
    Files.writeString(batch, text);
    machine.run("ip", "-force", "-batch", batch.toString());
  }

  // --- What the kernel says ----------------------------------------------------------------------

  private void awaitOurs(Destination to, int metric) {
    Await.until(
        TwoRouters.SOON,
        to.prefix() + " with metric " + metric,
        () -> {
          List<String> ours = ours(to);
          return ours.size() == 1
              && ours.getFirst().contains(" metric " + metric + " ")
              && to.ours().stream().allMatch(hop -> ours.getFirst().contains("via " + hop + " "));
        },
        () -> table(to) + "\n" + router.log());
  }

  private void awaitGone(Destination to) {
    Await.until(TwoRouters.SOON, "ours gone", () -> ours(to).isEmpty(), () -> table(to));
  }

  private void assertInUse(Destination to, List<String> hops) {
    String route = machine.ip(to.family(), "route", "get", to.host());
    assertThat(hops.stream().anyMatch(hop -> route.contains("via " + hop + " ")))
        .as(route)
        .isTrue();
  }

  /** One line a route, with a trailing space. */
  private List<String> ours(Destination to) {
    return table(to).lines().filter(line -> line.contains("proto 151 ")).toList();
  }

  private long theirs(Destination to) {
    return table(to).lines().filter(line -> line.contains("proto static ")).count();
  }

  private String table(Destination to) {
    // Without "all", ip keeps IPv6 routes of type local to itself, whatever their table.
    return machine.ip(to.family(), "-o", "route", "show", "table", "all", "exact", to.prefix());
  }

  private void ip(Destination to, String... words) {
    machine.ip(
        Stream.concat(Stream.of(to.family(), "route"), Stream.of(words)).toArray(String[]::new));
  }

  private void configure(Destination to) {
    String hops = String.join(" ", to.ours());
    String route = "route " + to.prefix() + " next-hop [ " + hops + " ];";
    router.reload(
        configuration(
            to.family().equals("-4")
                ? "static { " + route + " }"
                : "rib inet6.0 { static { " + route + " } }"));
  }

  private static String configuration(String routes) {
    return """
    system { host-name router; }
    interfaces { eth0 { unit 0 {
        family inet { address 10.1.0.1/24; }
        family inet6 { address fd01::1/64; }
    } } }
    routing-options { %s }
    """
        .formatted(routes);
  }
}
