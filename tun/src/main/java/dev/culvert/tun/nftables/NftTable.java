package dev.culvert.tun.nftables;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.netlink.NetlinkRequests;
import dev.culvert.tun.netlink.NetlinkSocket;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

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

  /** What else is in the table; nothing if it is not there. */
  public NftContents contents() throws IOException {
    if (!exists()) {
      return new NftContents(Set.of(), Set.of(), Set.of(), Set.of());
    }
    Set<String> chains = new HashSet<>();
    Set<String> sets = new HashSet<>();
    Set<String> counters = new HashSet<>();
    Set<String> helpers = new HashSet<>();
    for (NftMessages.Named chain : named(NftMessages.NFT_MSG_GETCHAIN, NftMessages::decodeChain)) {
      chains.add(chain.name());
    }
    for (NftMessages.Named set : named(NftMessages.NFT_MSG_GETSET, NftMessages::decodeSet)) {
      if ((set.kind() & NftMessages.NFT_SET_ANONYMOUS) == 0) {
        sets.add(set.name());
      }
    }
    for (NftMessages.Named object : named(NftMessages.NFT_MSG_GETOBJ, NftMessages::decodeObject)) {
      switch (object.kind()) {
        case NftMessages.NFT_OBJECT_COUNTER -> counters.add(object.name());
        case NftMessages.NFT_OBJECT_CT_HELPER -> helpers.add(object.name());
        default -> {
          // Nothing that we make.
        }
      }
    }
    return new NftContents(chains, sets, counters, helpers);
  }

  private List<NftMessages.Named> named(
      int message, Function<WireReader, Decoded<NftMessages.Named>> decoder) throws IOException {
    return requests
        .dump((out, sequence) -> NftMessages.encodeDump(out, sequence, message, name), decoder)
        .stream()
        .filter(named -> named.table().equals(name))
        .toList();
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
