package dev.culvert.tun.conntrack;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.netlink.Netlink;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Hears of sessions that begin and end. Wait on it with a poller, then {@link #drain}. Confined to
 * one thread.
 *
 * <p>Where {@code nf_conntrack_events} is 2, the kernel's default, sessions that began before
 * anybody listened end unheard; {@link ConntrackSysctl} can set it to 1.
 */
public final class ConntrackEvents implements Pollable {
  /** Some ten thousand sessions that begin at once. */
  private static final int RECEIVE_BUFFER = 8 << 20;

  /** Datagrams taken in one call, so that the caller's other work is not starved. */
  private static final int MAX_DATAGRAMS = 256;

  /** What can be heard. */
  public enum Kind {
    OPENED(Ct.NFNLGRP_CONNTRACK_NEW),
    /** Several for each TCP session. */
    CHANGED(Ct.NFNLGRP_CONNTRACK_UPDATE),
    CLOSED(Ct.NFNLGRP_CONNTRACK_DESTROY);

    private final int group;

    Kind(int group) {
      this.group = group;
    }
  }

  private final NetlinkSocket socket;
  private int droppedBefore;

  private ConntrackEvents(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Listens from here on, in the network namespace of the calling thread.
   *
   * @param kinds what to hear: the kernel makes no messages of what nobody hears
   */
  public static ConntrackEvents open(Set<Kind> kinds) throws SystemCallException {
    return open(kinds, RECEIVE_BUFFER);
  }

  static ConntrackEvents open(Set<Kind> kinds, int receiveBuffer) throws SystemCallException {
    int groups = 0;
    for (Kind kind : kinds) {
      groups |= 1 << (kind.group - 1);
    }
    return new ConntrackEvents(
        NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER, groups, receiveBuffer));
  }

  /**
   * Hands over what has been heard, without waiting; what has been lost is told where it is
   * noticed, which is before what waited when it was lost.
   *
   * @return false if more may wait: one call takes so much, and no more
   */
  public boolean drain(Consumer<? super SessionEvent> events) throws SystemCallException {
    for (int i = 0; i < MAX_DATAGRAMS; i++) {
      try {
        List<NetlinkMessage> messages = socket.receive();
        if (messages.isEmpty()) {
          return true;
        }
        messages.forEach(message -> decode(message, events));
      } catch (SystemCallException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        int dropped = socket.dropped();
        // At least the one that made no sense.
        events.accept(new SessionEvent.Lost(Math.max(1, dropped - droppedBefore)));
        droppedBefore = dropped;
      }
    }
    return false;
  }

  private static void decode(NetlinkMessage message, Consumer<? super SessionEvent> events) {
    boolean begins = message.type() == SessionMessage.type(Ct.IPCTNL_MSG_CT_NEW);
    if (!begins && message.type() != SessionMessage.type(Ct.IPCTNL_MSG_CT_DELETE)) {
      return;
    }
    if (SessionMessage.decode(message.payload()) instanceof Decoded.Ok<Session>(var session)) {
      if (!begins) {
        events.accept(new SessionEvent.Closed(session));
      } else if ((message.flags() & Netlink.NLM_F_CREATE) != 0) {
        events.accept(new SessionEvent.Opened(session));
      } else {
        events.accept(new SessionEvent.Changed(session));
      }
    }
  }

  @Override
  public int fileDescriptor() {
    return socket.fileDescriptor();
  }

  @Override
  public void close() {
    socket.close();
  }
}
