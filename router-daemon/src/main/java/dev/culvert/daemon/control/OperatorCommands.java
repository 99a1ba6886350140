package dev.culvert.daemon.control;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import dev.culvert.daemon.command.Commands;
import dev.culvert.daemon.configuration.ConfigurationMode;
import dev.culvert.daemon.configuration.ConfigurationSession;
import dev.culvert.daemon.configuration.ConfigurationSession.Kind;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.show.RouterState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Operators' requests from the control socket to the commands of the mode they are in. */
public record OperatorCommands(RouterState router, Commands commands, ConfigurationStore store)
    implements ControlServer.Operator {
  private static final String CONFIGURE = "configure";

  /** Shorter ones could be another command's beginning. */
  private static final int SHORTEST_CONFIGURE = 4;

  @Override
  public String hostName() {
    return router.configuration().system().hostName();
  }

  @Override
  public ControlServer.OperatorSession open(String user, boolean mayConfigure) {
    return new OneOperator(store.session(user, mayConfigure), mayConfigure);
  }

  private final class OneOperator implements ControlServer.OperatorSession {
    private final ConfigurationSession session;
    private final ConfigurationMode mode;
    private final boolean mayConfigure;

    OneOperator(ConfigurationSession session, boolean mayConfigure) {
      this.session = session;
      this.mode = new ConfigurationMode(session);
      this.mayConfigure = mayConfigure;
    }

    @Override
    public @Nullable String run(Request request, AnswerStream answer, BooleanSupplier cancelled) {
      if (session.isConfiguring()) {
        return mode.run(
            request, answer, line -> operational(request.withText(line), answer, cancelled));
      }
      List<String> words = List.of(request.text().strip().split("\\s+"));
      return isConfigure(words.getFirst())
          ? configure(words.subList(1, words.size()), answer)
          : operational(request, answer, cancelled);
    }

    private @Nullable String operational(
        Request request, AnswerStream answer, BooleanSupplier cancelled) {
      return commands.run(request, mayConfigure, answer, cancelled);
    }

    private @Nullable String configure(List<String> options, AnswerStream answer) {
      Kind kind = Kind.SHARED;
      if (!options.isEmpty()) {
        String option = options.getFirst();
        boolean isPrivate = "private".startsWith(option);
        boolean isExclusive = "exclusive".startsWith(option);
        if (options.size() > 1 || (!isPrivate && !isExclusive)) {
          return "error: configure takes private or exclusive, not '" + options.getLast() + "'";
        }
        kind = isPrivate ? Kind.PRIVATE : Kind.EXCLUSIVE;
      }
      List<String> notices = new ArrayList<>();
      @Nullable String refusal = session.enter(kind, notices);
      notices.forEach(answer::line);
      return refusal;
    }

    @Override
    public List<Completion> complete(String lineUpToCursor) {
      if (session.isConfiguring()) {
        return mode.complete(lineUpToCursor, commands::complete);
      }
      List<Completion> found = new ArrayList<>(commands.complete(lineUpToCursor));
      String begun = lineUpToCursor.stripLeading();
      if (CONFIGURE.startsWith(begun)) {
        found.add(Completion.word(CONFIGURE, "Manipulate software configuration information"));
      } else if (begun.startsWith(CONFIGURE + " ")) {
        found.add(Completion.word("exclusive", "Obtain exclusive lock"));
        found.add(Completion.word("private", "Work in private database"));
      }
      return found;
    }

    @Override
    public Session state() {
      return session.isConfiguring()
          ? Session.configuration(hostName(), session.path().toString())
          : Session.operational(hostName());
    }

    @Override
    public void close() {
      session.leave(new ArrayList<>());
    }
  }

  private static boolean isConfigure(String word) {
    return word.length() >= SHORTEST_CONFIGURE && CONFIGURE.startsWith(word);
  }
}
