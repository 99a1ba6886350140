package dev.culvert.tun.nftables;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.netlink.NetfilterHeader;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hears when somebody else changes or deletes a table of ours of family {@code inet}. Wait on it
 * with a poller, then {@link #drain}. Confined to the thread that changes the table.
 *
 * <p>Our own transactions are told apart by the ruleset's generation, which each transaction
 * advances by one: if it is one further after ours than before, nobody else has been at work
 * meanwhile. That holds for the library as for a child process, and in any pid namespace.
 */
public final class TableMonitor implements Pollable {
  /** A ruleset of thousands of policies is megabytes of notifications. */
  private static final int RECEIVE_BUFFER = 4 << 20;

  /** Datagrams taken in one call, so that the caller's other work is not starved. */
  private static final int MAX_DATAGRAMS = 256;

  private final String name;
  private final NetlinkSocket socket;
  private final NftTable table;

  /** What the transaction that is being heard has done so far; null for nothing to us. */
  private TableChange.@Nullable Kind heard;

  /** What the next {@link #drain} tells. */
  private @Nullable TableChange pending;

  private TableMonitor(String name, NetlinkSocket socket, NftTable table) {
    this.name = name;
    this.socket = socket;
    this.table = table;
  }

  /** Listens from here on, in the network namespace of the calling thread. */
  public static TableMonitor open(String table) throws IOException {
    return open(table, RECEIVE_BUFFER);
  }

  static TableMonitor open(String table, int receiveBuffer) throws IOException {
    NftTable reader = NftTable.open(table);
    try {
      NetlinkSocket socket =
          NetlinkSocket.open(
              NetlinkSocket.NETLINK_NETFILTER, 1 << (NftMessages.GROUP - 1), receiveBuffer);
      return new TableMonitor(table, socket, reader);
    } catch (SystemCallException e) {
      reader.close();
      throw e;
    }
  }

  /**
   * Carries out a transaction of ours, at most one, without hearing it. If somebody else's ran
   * beside it, it cannot be told what that has done: the next {@link #drain} says so.
   */
  public NftResult during(Supplier<NftResult> transaction) throws IOException {
    int before = table.generation();
    socket.setMember(NftMessages.GROUP, false);
    NftResult result;
    try {
      result = transaction.get();
    } finally {
      socket.setMember(NftMessages.GROUP, true);
    }
    int transactions = table.generation() - before;
    int ours =
        switch (result) {
          case NftResult.Done done -> 1;
          case NftResult.Refused refused -> 0;
          // It may have been carried out all the same.
          case NftResult.Unavailable unavailable -> 1;
        };
    if (transactions > ours) {
      note(new TableChange(TableChange.Kind.PERHAPS_CHANGED, "", 0));
    }
    return result;
  }

  /**
   * What others have done since the last call, without waiting.
   *
   * @return empty if that is nothing; the descriptor stays readable if more waits than one call
   *     takes
   */
  public Optional<TableChange> drain() throws IOException {
    for (int i = 0; i < MAX_DATAGRAMS; i++) {
      try {
        List<NetlinkMessage> messages = socket.receive();
        if (messages.isEmpty()) {
          break;
        }
        messages.forEach(this::hear);
      } catch (SystemCallException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        socket.discard();
        heard = null;
        note(new TableChange(TableChange.Kind.PERHAPS_CHANGED, "", 0));
      }
    }
    Optional<TableChange> change = Optional.ofNullable(pending);
    pending = null;
    return change;
  }

  private void hear(NetlinkMessage message) {
    if (NetfilterHeader.subsystem(message.type()) != NetfilterHeader.SUBSYSTEM_NFTABLES) {
      return;
    }
    int number = NetfilterHeader.message(message.type());
    if (number == NftMessages.NFT_MSG_NEWGEN) {
      if (heard != null
          && NftMessages.decodeGeneration(message.payload())
              instanceof Decoded.Ok<NftMessages.Generation>(var generation)) {
        note(new TableChange(heard, generation.process(), generation.pid()));
      }
      heard = null;
    } else if (name.equals(NftMessages.table(message.payload()))) {
      // A table that is deleted and made anew in one transaction is one that has changed.
      heard =
          number == NftMessages.NFT_MSG_DELTABLE
              ? TableChange.Kind.DELETED
              : TableChange.Kind.CHANGED;
    }
  }

  /** Keeps the worst, and of those the last. */
  private void note(TableChange change) {
    if (pending == null || change.kind().compareTo(pending.kind()) >= 0) {
      pending = change;
    }
  }

  @Override
  public int fileDescriptor() {
    return socket.fileDescriptor();
  }

  @Override
  public void close() {
    socket.close();
    table.close();
  }
}
