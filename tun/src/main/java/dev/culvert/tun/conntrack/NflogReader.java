package dev.culvert.tun.conntrack;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkRequests;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the packets of a log group of nftables ({@code log group N}). Wait on it with a poller,
 * then {@link #drain}. Confined to one thread.
 */
public final class NflogReader implements Pollable {
  /** Octets of each packet: IP and TCP headers with options. */
  public static final int COPIED = 128;

  private static final int RECEIVE_BUFFER = 2 << 20;

  /** Datagrams taken in one call, so that the caller's other work is not starved. */
  private static final int MAX_DATAGRAMS = 64;

  /** The kernel tells of so many packets, or of those of a fifth of a second, together. */
  private static final int PACKETS_TOGETHER = 64;

  private static final int HUNDREDTHS_TOGETHER = 20;

  /** Must not exceed what a netlink socket reads at a time. */
  private static final int OCTETS_TOGETHER = 32 << 10;

  private static final int MAX_GROUP = 65_535;

  private final NetlinkSocket socket;
  private int droppedBefore;
  private long lost;

  private NflogReader(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Takes the group, in the network namespace of the calling thread.
   *
   * @param group 0 to 65535
   * @throws IOException if another process has it
   */
  public static NflogReader open(int group) throws IOException {
    return open(group, RECEIVE_BUFFER);
  }

  static NflogReader open(int group, int receiveBuffer) throws IOException {
    if (group < 0 || group > MAX_GROUP) {
      throw new IllegalArgumentException("log group " + group);
    }
    NetlinkRequests requests =
        NetlinkRequests.over(NetlinkSocket.open(NetlinkSocket.NETLINK_NETFILTER, 0, receiveBuffer));
    try {
      requests.request(
          "bind to log group " + group,
          (out, sequence) ->
              NflogMessage.encodeBind(
                  out,
                  sequence,
                  group,
                  COPIED,
                  OCTETS_TOGETHER,
                  PACKETS_TOGETHER,
                  HUNDREDTHS_TOGETHER));
      return new NflogReader(requests.socket());
    } catch (SystemCallException e) {
      requests.close();
      // The kernel's only word for a group that is taken.
      throw e.errno() == Errno.EPERM
          ? new IOException("log group " + group + " is another process's, or this is not root", e)
          : e;
    } catch (IOException e) {
      requests.close();
      throw e;
    }
  }

  /**
   * Hands over what has been logged, without waiting.
   *
   * @return false if more may wait: one call takes so much, and no more
   */
  public boolean drain(Consumer<? super LoggedPacket> packets) throws SystemCallException {
    for (int i = 0; i < MAX_DATAGRAMS; i++) {
      try {
        List<NetlinkMessage> messages = socket.receive();
        if (messages.isEmpty()) {
          return true;
        }
        for (NetlinkMessage message : messages) {
          if (message.type() == NflogMessage.type(NflogMessage.NFULNL_MSG_PACKET)
              && NflogMessage.decode(message.payload())
                  instanceof Decoded.Ok<LoggedPacket>(var packet)) {
            packets.accept(packet);
          }
        }
      } catch (SystemCallException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        int dropped = socket.dropped();
        lost += Math.max(1, dropped - droppedBefore);
        droppedBefore = dropped;
      }
    }
    return false;
  }

  /** Datagrams of one packet or several that came faster than they were read. */
  public long lost() {
    return lost;
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
