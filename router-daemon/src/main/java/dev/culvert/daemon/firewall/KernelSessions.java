package dev.culvert.daemon.firewall;

import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.RouteLookup;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.path.SessionReview.Seen;
import dev.culvert.firewall.path.SessionReview.Verdict;
import dev.culvert.tun.conntrack.Conntrack;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.conntrack.SessionTuple;
import dev.culvert.tun.netlink.RouteQuery;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's sessions under review. Confined to the firewall thread. */
final class KernelSessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSessions.class);

  private final Conntrack conntrack;

  private KernelSessions(Conntrack conntrack) {
    this.conntrack = conntrack;
  }

  /**
   * @throws IOException if the kernel refuses a socket
   */
  static KernelSessions open() throws IOException {
    return new KernelSessions(Conntrack.open());
  }

  /** Does with each session what the review says of it. */
  void review(SessionReview review) {
    int[] moved = new int[1];
    try (RouteQuery query = RouteQuery.open()) {
      RouteLookup routes = flow -> lookup(query, flow.destination());
      int ended =
          conntrack.deleteAll(
              SessionFilter.ALL,
              session ->
                  switch (review.judge(seen(session), routes)) {
                    case Verdict.GoesOn goesOn -> false;
                    case Verdict.Ends ends -> true;
                    case Verdict.MovesTo(int policy) -> {
                      moved[0] += move(session, policy);
                      yield false;
                    }
                  });
      if (ended > 0 || moved[0] > 0) {
        LOG.info("FIREWALL_SESSIONS_ENDED sessions={} moved={}", ended, moved[0]);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.error("FIREWALL_SESSIONS_NOT_ENDED reason={}", e.getMessage());
    }
  }

  private static RouteAnswer lookup(RouteQuery query, IpAddress destination) {
    try {
      return switch (query.lookup(destination)) {
        case RouteQuery.Answer.Out(var by) -> new RouteAnswer.Out(by, null, "");
        case RouteQuery.Answer.Local local -> new RouteAnswer.Local("");
        case RouteQuery.Answer.Unreachable unreachable -> new RouteAnswer.Unreachable("");
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int move(Session session, int policy) {
    try {
      return conntrack.mark(session, policy, NftNames.POLICY_MARK_MASK) ? 1 : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Seen seen(Session session) {
    return new Seen(
        flow(session.original()),
        flow(session.reply()).reversed(),
        NftNames.policyOf(session.mark()),
        session.status().isExpected());
  }

  /** As the rules see it: the keys of GRE are no ports to them. */
  private static Flow flow(SessionTuple tuple) {
    int protocol = tuple.protocol();
    boolean isTold = ServiceMatch.hasPorts(protocol) || ServiceMatch.isIcmp(protocol);
    return new Flow(
        tuple.source(),
        tuple.destination(),
        protocol,
        isTold ? tuple.sourcePort() : 0,
        isTold ? tuple.destinationPort() : 0);
  }

  @Override
  public void close() {
    conntrack.close();
  }
}
