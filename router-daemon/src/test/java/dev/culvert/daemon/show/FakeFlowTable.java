package dev.culvert.daemon.show;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionCount;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.conntrack.SessionStatus;
import dev.culvert.tun.conntrack.SessionTuple;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import dev.culvert.tun.conntrack.TcpState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A kernel with a web session, a translated one, a ping and one of the router's own. */
public final class FakeFlowTable implements FlowTable {
  private static final int SEEN_REPLY = 2;
  private static final int SRC_NAT = 1 << 4;
  private static final int DST_NAT = 1 << 5;

  public final List<Session> sessions =
      new ArrayList<>(
          List.of(
              session(
                  101,
                  tuple("10.1.0.5", "10.2.0.9", 6, new Upper.Ports(40_001, 443)),
                  tuple("10.2.0.9", "10.1.0.5", 6, new Upper.Ports(443, 40_001)),
                  7,
                  SEEN_REPLY,
                  TcpState.ESTABLISHED),
              session(
                  102,
                  tuple("10.1.0.6", "198.51.100.7", 6, new Upper.Ports(40_002, 8080)),
                  tuple("10.2.0.10", "192.0.2.2", 6, new Upper.Ports(80, 1_024)),
                  8,
                  SRC_NAT | DST_NAT,
                  TcpState.SYN_SENT),
              session(
                  103,
                  tuple("10.1.0.5", "10.2.0.9", 1, new Upper.Icmp(8, 0, 77)),
                  tuple("10.2.0.9", "10.1.0.5", 1, new Upper.Icmp(0, 0, 77)),
                  0,
                  SEEN_REPLY,
                  null),
              session(
                  104,
                  tuple("10.0.0.1", "224.0.0.5", 89, new Upper.None()),
                  tuple("224.0.0.5", "10.0.0.1", 89, new Upper.None()),
                  0,
                  0,
                  null)));

  /** Why the kernel has no sessions; null while it has. */
  public @Nullable String refusal;

  private static Session session(
      long id,
      SessionTuple original,
      SessionTuple reply,
      int mark,
      int status,
      @Nullable TcpState state) {
    return new Session(
        id,
        original,
        reply,
        0,
        mark,
        Octets.EMPTY,
        new SessionStatus(status),
        Duration.ofSeconds(1_790),
        state,
        new SessionCount(20, 2_543),
        new SessionCount(17, 2_943),
        SampleRecords.NOW.minusSeconds(156),
        null,
        null);
  }

  private static SessionTuple tuple(String source, String destination, int protocol, Upper upper) {
    return new SessionTuple(
        IpAddress.parse(source).orElseThrow(),
        IpAddress.parse(destination).orElseThrow(),
        protocol,
        upper);
  }

  @Override
  public boolean sessions(SessionFilter filter, int most, Consumer<? super Session> taker)
      throws IOException {
    if (refusal != null) {
      throw new IOException(refusal);
    }
    sessions.stream().filter(filter::matches).limit(most).forEach(taker);
    return true;
  }

  @Override
  public int clear(SessionFilter filter, Predicate<? super Session> which) {
    int before = sessions.size();
    sessions.removeIf(session -> filter.matches(session) && which.test(session));
    return before - sessions.size();
  }

  @Override
  public int count() throws IOException {
    if (refusal != null) {
      throw new IOException(refusal);
    }
    return sessions.size();
  }

  @Override
  public int limit() {
    return 65_536;
  }
}
