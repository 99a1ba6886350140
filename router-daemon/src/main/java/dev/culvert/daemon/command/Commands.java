package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.engine.config.RouterConfigReader;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The operational commands of a router. Safe to share. */
public final class Commands {
  private final CommandParser parser;

  public Commands(RouterState router, ConfigurationStore store) {
    this(router, store, HostPrograms.ofMachine());
  }

  Commands(RouterState router, ConfigurationStore store, HostPrograms programs) {
    List<Command> table =
        Stream.of(
                new RouteCommands(router).table(),
                new InterfaceCommands(router).table(),
                new ProtocolCommands(router).table(),
                new RipCommands(router).table(),
                new SecurityCommands(router).table(),
                new FlowCommands(router).table(),
                new PolicyCommands(router).table(),
                new PolicyLookupCommands(router).table(),
                new NatCommands(router).table(),
                new ScreenCommands(router).table(),
                new PathCommands(router).table(),
                new SystemCommands(router, store).table(),
                new HostCommands(router, store).table(),
                new ReachabilityCommands(programs).table(),
                new CommitCommands(store).table())
            .flatMap(List::stream)
            .toList();
    parser = new CommandParser(table, RouterConfigReader.schema(), Values.of(router));
  }

  /**
   * Runs a command line.
   *
   * @param mayConfigure false for an operator who may only look
   * @param cancelled turns true when the operator has lost interest
   * @return null if it succeeded, otherwise one line for the operator
   */
  public @Nullable String run(
      Request request, boolean mayConfigure, AnswerStream answer, BooleanSupplier cancelled) {
    return switch (parser.parse(request.text())) {
      case CommandParser.Parsed.Fault(String text) -> text;
      case CommandParser.Parsed.Found(Command command, List<String> arguments) ->
          command.changes() && !mayConfigure
              ? "permission denied: only root and group culvert may do that"
              : command.handler().run(new Call(request, answer, arguments, cancelled));
    };
  }

  /** What may follow the line up to the cursor. */
  public List<Completion> complete(String line) {
    return parser.complete(line);
  }
}
