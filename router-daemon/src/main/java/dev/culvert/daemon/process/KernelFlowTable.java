package dev.culvert.daemon.process;

import dev.culvert.daemon.show.FlowTable;
import dev.culvert.tun.conntrack.Conntrack;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionFilter;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The sessions of the kernel, each question by a socket of its own. */
final class KernelFlowTable implements FlowTable {
  @Override
  public boolean sessions(SessionFilter filter, int most, Consumer<? super Session> sessions)
      throws IOException {
    try (Conntrack conntrack = Conntrack.open()) {
      return conntrack.dump(filter, most, sessions);
    }
  }

  @Override
  public int clear(SessionFilter filter, Predicate<? super Session> which) throws IOException {
    try (Conntrack conntrack = Conntrack.open()) {
      return conntrack.deleteAll(filter, which);
    }
  }

  @Override
  public int count() throws IOException {
    return Conntrack.count();
  }

  @Override
  public int limit() throws IOException {
    return Conntrack.limit();
  }
}
