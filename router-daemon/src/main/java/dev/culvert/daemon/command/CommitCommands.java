package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.config.ConfigDiff;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.configuration.CommitShow;
import dev.culvert.daemon.configuration.ConfigurationStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Commands about what was committed. */
record CommitCommands(ConfigurationStore store) {
  private static final String NUMBER = "<number>";

  List<Command> table() {
    return List.of(
        Command.show(
            "system commit",
            "Pending and past commits",
            List.of(),
            c -> c.page(CommitShow.page(store.commits(), store.minutesToConfirm()))),
        Command.show(
            "system rollback",
            "An earlier configuration",
            List.of("compare", NUMBER),
            this::rollback),
        Command.change(
            "request system configuration reload",
            "Read the configuration file again",
            List.of(),
            this::reload),
        Command.change(
            "request system configuration rescue save",
            "Save rescue configuration",
            List.of(),
            c -> done(store::saveRescue)),
        Command.change(
            "request system configuration rescue delete",
            "Delete rescue configuration",
            List.of(),
            c -> done(store::deleteRescue)));
  }

  private @Nullable String reload(Call call) {
    List<String> errors = store.reload("root");
    errors.forEach(call.answer()::line);
    return errors.isEmpty() ? null : "configuration refused: the one in force stays";
  }

  /** Something on the disk. */
  private interface OnDisk {
    void run() throws IOException;
  }

  private static @Nullable String done(OnDisk what) {
    try {
      what.run();
      return null;
    } catch (IOException e) {
      return "error: " + FileErrors.reason(e);
    }
  }

  private @Nullable String rollback(Call call) {
    List<String> words = call.arguments();
    boolean compared = !words.isEmpty() && words.getFirst().equals("compare");
    List<String> numbers = compared ? words.subList(1, words.size()) : words;
    boolean right =
        numbers.size() == (compared ? 2 : 1)
            && numbers.stream().allMatch(n -> n.matches("\\d{1,2}"));
    if (!right) {
      return "error: show system rollback NUMBER, or compare NUMBER NUMBER";
    }
    try {
      Optional<ConfigTree> first = store.rollback(Integer.parseInt(numbers.getFirst()));
      Optional<ConfigTree> last = store.rollback(Integer.parseInt(numbers.getLast()));
      if (first.isEmpty() || last.isEmpty()) {
        return "error: there is no such commit";
      }
      String text =
          compared ? ConfigDiff.print(first.get(), last.get()) : first.get().toBraces(false);
      if (call.elements()) {
        Element.Builder page = Element.builder("rollback-information");
        call.answer().element(page.leaf("configuration-output", text).build());
      } else {
        text.lines().forEach(call.answer()::line);
      }
      return null;
    } catch (IOException e) {
      return "error: " + FileErrors.reason(e);
    }
  }
}
