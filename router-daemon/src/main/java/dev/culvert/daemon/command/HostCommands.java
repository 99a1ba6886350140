package dev.culvert.daemon.command;

import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.configuration.CommitRecord;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.show.LinkNeighborShow;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.SystemUptimeShow;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands about the machine, and who is on its links. */
record HostCommands(RouterState router, ConfigurationStore store) {
  private static final String NO_RESOLVE = "no-resolve";

  List<Command> table() {
    return List.of(
        Command.show(
            "arp",
            "System Address Resolution Protocol table entries",
            List.of(NO_RESOLVE),
            c -> page(c, () -> LinkNeighborShow.arp(router.linkNeighbors(), !c.has(NO_RESOLVE)))),
        Command.show(
            "ipv6 neighbors",
            "IPv6 neighbor cache information",
            List.of(),
            c -> page(c, () -> LinkNeighborShow.ipv6(router.linkNeighbors()))),
        Command.show(
            "system uptime",
            "Time since the machine, the router and its configuration came up",
            List.of(),
            c -> page(c, this::uptime)));
  }

  private Page uptime() throws IOException {
    List<CommitRecord> commits = store.commits();
    boolean known = !commits.isEmpty();
    return SystemUptimeShow.page(
        router.now(),
        router.booted(),
        router.started(),
        known ? commits.getFirst().at() : router.configurationState().readAt(),
        known ? commits.getFirst().user() : "",
        router.loadAverages());
  }

  /** A page that the kernel may refuse to tell. */
  private interface OfKernel {
    Page page() throws IOException;
  }

  private static @Nullable String page(Call call, OfKernel of) {
    try {
      return call.page(of.page());
    } catch (IOException e) {
      return "the kernel does not tell: " + FileErrors.reason(e);
    }
  }
}
