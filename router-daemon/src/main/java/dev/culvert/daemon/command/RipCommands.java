package dev.culvert.daemon.command;

import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.daemon.show.RipShow;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Commands about RIP and, by the same words, RIPng. */
record RipCommands(RouterState router) {
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

  List<Command> table() {
    return List.of(
        neighbors(RipFlavor.RIP, "RIP interfaces"),
        statistics(RipFlavor.RIP, "RIP message counters"),
        general(RipFlavor.RIP, "What RIP counts of no neighbor"),
        clear(RipFlavor.RIP, "Reset RIP's counters"),
        neighbors(RipFlavor.RIPNG, "RIPng interfaces"),
        statistics(RipFlavor.RIPNG, "RIPng message counters"),
        general(RipFlavor.RIPNG, "What RIPng counts of no neighbor"),
        clear(RipFlavor.RIPNG, "Reset RIPng's counters"));
  }

  private Command neighbors(RipFlavor flavor, String help) {
    return Command.show(
        flavor.keyword() + " neighbor",
        help,
        List.of("<interface>"),
        call ->
            ofNeighbor(
                flavor,
                call,
                (c, asked) -> {
                  List<RipNeighborStatus> all = router.ripNeighbors(flavor);
                  return c.page(
                      RipShow.neighbors(
                          flavor,
                          all.stream()
                              .filter(n -> asked == null || n.name().equals(asked))
                              .toList()));
                }));
  }

  private Command statistics(RipFlavor flavor, String help) {
    return Command.show(
        flavor.keyword() + " statistics",
        help,
        List.of("<interface>"),
        call ->
            ofNeighbor(
                flavor,
                call,
                (c, asked) -> {
                  RipStatistics statistics = router.ripStatistics(flavor);
                  return c.page(
                      RipShow.statistics(
                          flavor, asked == null ? statistics : statistics.of(asked)));
                }));
  }

  private Command general(RipFlavor flavor, String help) {
    return Command.show(
        flavor.keyword() + " general-statistics",
        help,
        List.of(),
        c -> c.page(RipShow.general(flavor, router.ripStatistics(flavor))));
  }

  private Command clear(RipFlavor flavor, String help) {
    return Command.change(
        "clear " + flavor.keyword() + " statistics",
        help,
        List.of("<interface>"),
        call ->
            ofNeighbor(
                flavor,
                call,
                (c, asked) -> {
                  router.clearRip(flavor, asked);
                  return null;
                }));
  }

  /** With the interface that is asked for, or null for all. */
  private @Nullable String ofNeighbor(
      RipFlavor flavor,
      Call call,
      BiFunction<Call, @Nullable InterfaceName, @Nullable String> work) {
    if (call.arguments().isEmpty()) {
      return work.apply(call, null);
    }
    String word = call.arguments().getFirst();
    if (call.arguments().size() != 1
        || !(INTERFACE.parse(word) instanceof ValueType.Parsed.Value<InterfaceName>(var asked))) {
      return "name the neighbor by its interface";
    }
    if (router.ripNeighbors(flavor).stream().noneMatch(n -> n.name().equals(asked))) {
      return "no such neighbor: " + asked;
    }
    return work.apply(call, asked);
  }
}
