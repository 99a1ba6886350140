package dev.culvert.daemon.command;

import dev.culvert.core.config.ConfigSelection;
import dev.culvert.daemon.show.ConfigurationShow;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.SystemShow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about the router itself and its configuration. */
record SystemCommands(RouterState router) {
  List<Command> table() {
    return List.of(
        Command.show(
            "configuration",
            "Configuration in force",
            List.of(Command.STATEMENT),
            this::configuration),
        Command.change(
            "request system configuration reload",
            "Read the configuration file again",
            List.of(),
            this::reload),
        Command.show(
            "system status",
            "State of this process",
            List.of(),
            c ->
                c.page(
                    SystemShow.status(
                        router.state(),
                        router.started(),
                        router.now(),
                        router.problems(),
                        router.configurationState(),
                        router.facts(),
                        router.instances()))),
        Command.show(
            "version",
            "Versions",
            List.of(),
            c ->
                c.page(
                    SystemShow.version(
                        router.configuration().system().hostName(), router.version()))));
  }

  private @Nullable String reload(Call call) {
    List<String> errors = router.reload();
    errors.forEach(call.answer()::line);
    return errors.isEmpty() ? null : "configuration refused: the one in force stays";
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
