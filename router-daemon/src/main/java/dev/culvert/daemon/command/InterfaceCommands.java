package dev.culvert.daemon.command;

import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.show.InterfaceDetailShow;
import dev.culvert.daemon.show.InterfaceDetailShow.Depth;
import dev.culvert.daemon.show.InterfaceRecords;
import dev.culvert.daemon.show.InterfacesShow;
import dev.culvert.daemon.show.RouterState;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about interfaces. */
record InterfaceCommands(RouterState router) {
  private static final List<String> FORMS =
      List.of("brief", "descriptions", "detail", "extensive", "statistics", "terse");

  List<Command> table() {
    return List.of(
        Command.show(
            "interfaces",
            "Interface information",
            List.of(
                "<interface>",
                "brief",
                "descriptions",
                "detail",
                "extensive",
                "statistics",
                "terse"),
            this::interfaces));
  }

  private @Nullable String interfaces(Call call) {
    List<String> forms = call.arguments().stream().filter(FORMS::contains).toList();
    List<String> names = call.arguments().stream().filter(w -> !FORMS.contains(w)).toList();
    if (forms.size() > 1 || names.size() > 1) {
      return "unexpected '" + (names.size() > 1 ? names : forms).get(1) + "'";
    }
    String name = names.isEmpty() ? null : names.getFirst();
    InterfaceRecords records;
    try {
      records = records().named(name);
    } catch (IOException e) {
      return "the kernel's counters: " + FileErrors.reason(e);
    }
    if (name != null && records.interfaces().isEmpty()) {
      return "no such interface: " + name;
    }
    return switch (forms.isEmpty() ? "" : forms.getFirst()) {
      case "terse" -> call.page(InterfacesShow.terse(records));
      case "descriptions" -> call.page(InterfaceDetailShow.descriptions(records));
      case "brief" -> call.page(InterfaceDetailShow.page(records, Depth.BRIEF));
      case "" -> call.page(InterfaceDetailShow.page(records, Depth.STANDARD));
      default -> call.page(InterfaceDetailShow.page(records, Depth.DETAIL));
    };
  }

  private InterfaceRecords records() throws IOException {
    return new InterfaceRecords(
        router.interfaces(),
        router.configuration().devices(),
        router.configuration().interfaces(),
        router.configuration().firewall().ruleset().zones(),
        router.deviceCounters(),
        router.dataPath().tunnels());
  }
}
