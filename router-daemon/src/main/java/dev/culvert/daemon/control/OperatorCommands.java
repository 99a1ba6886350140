package dev.culvert.daemon.control;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.daemon.command.Commands;
import dev.culvert.daemon.show.RouterState;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Operators' requests from the control socket to the commands. */
public record OperatorCommands(RouterState router, Commands commands)
    implements ControlServer.Operator {
  @Override
  public String hostName() {
    return router.configuration().system().hostName();
  }

  @Override
  public @Nullable String run(
      Request request, boolean mayConfigure, AnswerStream answer, BooleanSupplier cancelled) {
    return commands.run(request, mayConfigure, answer, cancelled);
  }

  @Override
  public List<Completion> complete(String lineUpToCursor) {
    return commands.complete(lineUpToCursor);
  }
}
