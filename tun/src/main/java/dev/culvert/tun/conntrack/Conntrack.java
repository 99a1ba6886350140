package dev.culvert.tun.conntrack;

import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.netlink.NetlinkRequests;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.netlink.Sysctl;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Lists and deletes the sessions of the network namespace it is used in (ctnetlink). Confined to
 * one thread.
 */
public final class Conntrack implements AutoCloseable {
  /** Sessions that one {@link #deleteAll} holds in memory at a time. */
  private static final int DELETED_AT_A_TIME = 10_000;

  private final NetlinkRequests requests;

  private Conntrack(NetlinkRequests requests) {
    this.requests = requests;
  }

  public static Conntrack open() throws SystemCallException {
    return new Conntrack(NetlinkRequests.open(NetlinkSocket.NETLINK_NETFILTER));
  }

  /**
   * Hands over the sessions that the filter means, as the kernel lists them; one that begins or
   * ends meanwhile may be among them or not.
   *
   * @param most sessions to hand over
   * @return false if there may be more than {@code most}
   */
  public boolean dump(SessionFilter filter, int most, Consumer<? super Session> sessions)
      throws IOException {
    return dump(filter, session -> true, most, sessions);
  }

  private static boolean dump(
      SessionFilter filter,
      Predicate<? super Session> which,
      int most,
      Consumer<? super Session> sessions)
      throws IOException {
    // A socket of its own: closing it is how a listing is broken off.
    try (NetlinkRequests dump = NetlinkRequests.open(NetlinkSocket.NETLINK_NETFILTER)) {
      int[] handedOver = new int[1];
      dump.dumpOnce(
          "list sessions",
          (out, sequence) -> SessionMessage.encodeDump(out, sequence, filter),
          message -> {
            if (SessionMessage.decode(message.payload()) instanceof Decoded.Ok<Session>(var session)
                && filter.matches(session)
                && which.test(session)) {
              sessions.accept(session);
              handedOver[0]++;
            }
            return handedOver[0] < most;
          });
      return handedOver[0] < most;
    }
  }

  /**
   * Deletes that session; its next packet is one of a session that begins.
   *
   * @return false if it had ended already
   */
  public boolean delete(Session session) throws IOException {
    return requests.request(
        "delete a session",
        (out, sequence) -> SessionMessage.encodeDelete(out, sequence, session),
        Errno.ENOENT);
  }

  /** Deletes the sessions that the filter means; returns how many. */
  public int deleteAll(SessionFilter filter) throws IOException {
    return deleteAll(filter, session -> true);
  }

  /** Deletes those of the filter's sessions that pass the test; returns how many. */
  public int deleteAll(SessionFilter filter, Predicate<? super Session> which) throws IOException {
    int deleted = 0;
    boolean whole;
    int before;
    do {
      List<Session> some = new ArrayList<>();
      before = deleted;
      whole = dump(filter, which, DELETED_AT_A_TIME, some::add);
      for (Session session : some) {
        deleted += delete(session) ? 1 : 0;
      }
      // Nothing deleted among so many: what cannot be deleted would be met again for ever.
    } while (!whole && deleted > before);
    return deleted;
  }

  /**
   * Gives some bits of a session's mark another value.
   *
   * @param mark the value, no bit of it outside the mask
   * @return false if it had ended already
   */
  public boolean mark(Session session, int mark, int mask) throws IOException {
    return requests.request(
        "mark a session",
        (out, sequence) -> SessionMessage.encodeMark(out, sequence, session, mark, mask),
        Errno.ENOENT);
  }

  /**
   * Sessions that there are.
   *
   * @throws IOException where the kernel tracks none
   */
  public static int count() throws IOException {
    return Sysctl.read("netfilter/nf_conntrack_count");
  }

  /**
   * Sessions that there may be.
   *
   * @throws IOException where the kernel tracks none
   */
  public static int limit() throws IOException {
    return Sysctl.read("netfilter/nf_conntrack_max");
  }

  @Override
  public void close() {
    requests.close();
  }
}
