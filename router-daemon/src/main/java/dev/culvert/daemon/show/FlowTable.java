package dev.culvert.daemon.show;

import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionFilter;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The sessions that the kernel tracks, as operators may list and end them. Safe to share. */
public interface FlowTable {
  /**
   * Hands over the sessions that the filter means.
   *
   * @param most sessions to hand over
   * @return false if there may be more than {@code most}
   * @throws IOException if the kernel tracks none, with a reason for the operator
   */
  boolean sessions(SessionFilter filter, int most, Consumer<? super Session> sessions)
      throws IOException;

  /** Ends those of the filter's sessions that pass the test; returns how many. */
  int clear(SessionFilter filter, Predicate<? super Session> which) throws IOException;

  /** Sessions that there are. */
  int count() throws IOException;

  /** Sessions that there may be. */
  int limit() throws IOException;
}
