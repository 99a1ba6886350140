package dev.culvert.daemon.command;

import dev.culvert.daemon.show.InterfaceNatPortsShow;
import dev.culvert.daemon.show.NatPoolsShow;
import dev.culvert.daemon.show.NatRulesShow;
import dev.culvert.daemon.show.NatSummaryShow;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.firewall.operational.NatViews;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Commands about NAT. */
record NatCommands(RouterState router) {
  private static final String ALL = "all";

  List<Command> table() {
    return List.of(
        named(
            "security nat static rule",
            "Rules of static NAT",
            NatRulesShow::staticRules,
            v -> v.staticRules().stream().map(r -> r.rule().name())),
        named(
            "security nat source rule",
            "Rules of source NAT",
            NatRulesShow::sourceRules,
            v -> v.sourceRules().stream().map(r -> r.rule().name())),
        named(
            "security nat source pool",
            "Pools of source NAT",
            NatPoolsShow::sourcePools,
            v -> v.sourcePools().stream().map(p -> p.pool().name())),
        Command.show(
            "security nat source summary",
            "Source NAT in short",
            List.of(),
            c -> answer(c, NatSummaryShow::sourceSummary)),
        named(
            "security nat destination rule",
            "Rules of destination NAT",
            NatRulesShow::destinationRules,
            v -> v.destinationRules().stream().map(r -> r.rule().name())),
        named(
            "security nat destination pool",
            "Pools of destination NAT",
            NatPoolsShow::destinationPools,
            v -> v.destinationPools().stream().map(p -> p.pool().name())),
        Command.show(
            "security nat destination summary",
            "Destination NAT in short",
            List.of(),
            c -> answer(c, NatSummaryShow::destinationSummary)),
        Command.show(
            "security nat interface-nat-ports",
            "Ports of the interfaces' addresses that sources have",
            List.of(),
            this::interfacePorts));
  }

  private @Nullable String interfacePorts(Call call) {
    try {
      return call.page(InterfaceNatPortsShow.page(router.interfaces(), router.flowTable()));
    } catch (IOException e) {
      return "the kernel's sessions: " + e.getMessage();
    }
  }

  private interface Answering {
    Page page(NatViews views);
  }

  private interface Naming {
    Stream<String> names(NatViews views);
  }

  /** Of all, or of the one that is named. */
  private Command named(
      String words,
      String help,
      BiFunction<NatViews, @Nullable String, Page> pages,
      Naming naming) {
    return Command.show(
        words,
        help,
        List.of(ALL, "<name>"),
        call -> {
          List<String> arguments = call.arguments();
          if (arguments.size() > 1) {
            return "name one, or none";
          }
          String name = arguments.isEmpty() || call.has(ALL) ? null : arguments.getFirst();
          try {
            NatViews views = router.nat();
            if (name != null && naming.names(views).noneMatch(name::equals)) {
              return "'" + name + "' is not configured";
            }
            return call.page(pages.apply(views, name));
          } catch (IOException e) {
            return refusal(e);
          }
        });
  }

  private @Nullable String answer(Call call, Answering answering) {
    try {
      return call.page(answering.page(router.nat()));
    } catch (IOException e) {
      return refusal(e);
    }
  }

  private static String refusal(IOException e) {
    return "the kernel's counters: " + e.getMessage();
  }
}
