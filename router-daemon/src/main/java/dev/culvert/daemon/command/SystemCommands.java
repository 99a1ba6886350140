package dev.culvert.daemon.command;

import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.configuration.ConfigurationView;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.SystemShow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about the router itself and its configuration. */
record SystemCommands(RouterState router, ConfigurationStore store) {
  List<Command> table() {
    return List.of(
        Command.show(
            "configuration",
            "Configuration in force",
            List.of(Command.STATEMENT),
            this::configuration),
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

  private @Nullable String configuration(Call call) {
    return new ConfigurationView(store, router.configuration().tree(), List.of())
        .answer(String.join(" ", call.arguments()), call.request().format(), call.answer());
  }
}
