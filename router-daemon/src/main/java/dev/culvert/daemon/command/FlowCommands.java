package dev.culvert.daemon.command;

import dev.culvert.daemon.show.FlowNames;
import dev.culvert.daemon.show.FlowSessionQuery;
import dev.culvert.daemon.show.FlowSessionShow;
import dev.culvert.daemon.show.FlowSessionWords;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.RouterState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about the sessions that the kernel tracks. */
record FlowCommands(RouterState router) {
  private static final List<String> DEPTHS = List.of("brief", "extensive", "nat", "summary");

  List<Command> table() {
    return List.of(
        Command.show("security flow session", "Sessions", with(DEPTHS), this::show),
        Command.change(
            "clear security flow session",
            "End sessions",
            with(List.of("all", "nat")),
            this::clear));
  }

  private static List<String> with(List<String> others) {
    List<String> words = new ArrayList<>(others);
    words.addAll(FlowSessionQuery.FILTERS);
    words.add("<value>");
    return words;
  }

  private @Nullable String show(Call call) {
    return switch (FlowSessionQuery.parse(call.arguments())) {
      case FlowSessionWords.Fault(String reason) -> reason;
      case FlowSessionQuery query ->
          answer(
              call,
              query,
              names -> FlowSessionShow.page(query, router.flowTable(), names, router.now()));
    };
  }

  private @Nullable String clear(Call call) {
    return switch (FlowSessionQuery.parse(call.arguments())) {
      case FlowSessionWords.Fault(String reason) -> reason;
      case FlowSessionQuery query ->
          query.everything()
              ? answer(
                  call, query, names -> FlowSessionShow.clear(query, router.flowTable(), names))
              : "say which sessions, or 'all'";
    };
  }

  private interface Answering {
    Page page(FlowNames names) throws IOException;
  }

  private @Nullable String answer(Call call, FlowSessionQuery query, Answering answering) {
    FlowNames names = new FlowNames(router);
    String fault = query.fault(names);
    if (fault != null) {
      return fault;
    }
    try {
      return call.page(answering.page(names));
    } catch (IOException e) {
      return "the kernel's sessions: " + e.getMessage();
    }
  }
}
