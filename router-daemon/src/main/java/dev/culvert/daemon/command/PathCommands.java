package dev.culvert.daemon.command;

import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.PathQuery;
import dev.culvert.daemon.show.PathShow;
import dev.culvert.daemon.show.PathWords;
import dev.culvert.daemon.show.RouterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about what would become of a packet. */
record PathCommands(RouterState router) {
  List<Command> table() {
    List<String> words = new ArrayList<>(PathQuery.WORDS);
    words.add("<value>");
    return List.of(
        new Command(
            List.of("test", "security", "path"),
            "What would become of a packet, and why",
            words,
            false,
            this::path));
  }

  private @Nullable String path(Call call) {
    return switch (PathQuery.parse(call.arguments())) {
      case PathWords.Fault(String reason) -> reason;
      case PathQuery query -> {
        Page page = PathShow.page(query, router);
        yield page == null
            ? "no route to "
                + query.flow().source()
                + " says by which interface it comes:"
                + " say in-interface"
            : call.page(page);
      }
    };
  }
}
