package dev.culvert.tun.nftables;

import dev.culvert.tun.netlink.NetlinkRequests;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads one table of family {@code inet} by netlink, which costs a fraction of what nftables takes
 * for the same: it reads and sorts all of the table first. Confined to one thread.
 */
public final class NftTable implements AutoCloseable {
  private final String name;
  private final NetlinkRequests requests;

  private NftTable(String name, NetlinkRequests requests) {
    this.name = name;
    this.requests = requests;
  }

  /** Of the network namespace of the calling thread; the table need not be there. */
  public static NftTable open(String name) throws SystemCallException {
    return new NftTable(name, NetlinkRequests.open(NetlinkSocket.NETLINK_NETFILTER));
  }

  /** Whether the table is there. */
  public boolean exists() throws IOException {
    return requests.ask(
        "table " + name,
        (out, sequence) -> NftMessages.encodeGetTable(out, sequence, name),
        message -> {},
        Errno.ENOENT);
  }

  /** The named counters by their names; none if the table is not there. */
  public Map<String, NftCounter> counters() throws IOException {
    Map<String, NftCounter> counters = new LinkedHashMap<>();
    requests
        .dump(
            (out, sequence) -> NftMessages.encodeDumpCounters(out, sequence, name),
            NftMessages::decodeCounter)
        .forEach(counter -> counters.put(counter.name(), counter));
    return counters;
  }

  /** How many transactions, of whatever tables, this namespace has seen, modulo 2^32. */
  public int generation() throws IOException {
    int[] generation = new int[1];
    requests.ask(
        "generation",
        NftMessages::encodeGetGeneration,
        message -> {
          if (message.type() == NftMessages.type(NftMessages.NFT_MSG_NEWGEN)) {
            generation[0] =
                NetlinkRequests.require(NftMessages.decodeGeneration(message.payload())).id();
          }
        });
    return generation[0];
  }

  @Override
  public void close() {
    requests.close();
  }
}
