package dev.culvert.daemon.command;

import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.ScreenShow;
import dev.culvert.firewall.operational.ScreenViews;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Commands about screens. */
record ScreenCommands(RouterState router) {
  private static final String ZONE = "zone";

  List<Command> table() {
    return List.of(
        Command.show(
            "security screen statistics",
            "What the screen of a zone has found",
            List.of(ZONE, "<name>"),
            this::statistics),
        Command.show(
            "security screen ids-option",
            "What a screen looks for",
            List.of("<name>"),
            this::option));
  }

  private @Nullable String statistics(Call call) {
    List<String> arguments = call.arguments();
    if (arguments.size() != 2 || !arguments.getFirst().equals(ZONE)) {
      return "say zone and its name";
    }
    String name = arguments.getLast();
    try {
      ScreenViews views = router.screens();
      Optional<Zone> zone = views.zone(name);
      if (zone.isEmpty()) {
        return "no such zone: " + name;
      }
      return zone.get().screen() == null
          ? "zone " + name + " has no screen"
          : call.page(ScreenShow.statistics(views, zone.get()));
    } catch (IOException e) {
      return "the kernel's counters: " + e.getMessage();
    }
  }

  private @Nullable String option(Call call) {
    if (call.arguments().size() != 1) {
      return "name the screen";
    }
    String name = call.arguments().getFirst();
    try {
      Optional<Screen> screen = router.screens().screen(name);
      return screen.isPresent()
          ? call.page(ScreenShow.option(screen.get()))
          : "no zone has a screen '" + name + "'";
    } catch (IOException e) {
      return "the kernel's counters: " + e.getMessage();
    }
  }
}
