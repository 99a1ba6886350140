package dev.culvert.core.fib;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.TableId;

/** A place in the kernel: the prefix, and the routing table whose copy it belongs to. */
public record FibKey(TableId table, IpPrefix prefix) implements Comparable<FibKey> {
  public FibKey {
    table.require(prefix);
  }

  @Override
  public int compareTo(FibKey other) {
    int byTable = table.compareTo(other.table);
    return byTable != 0 ? byTable : prefix.compareTo(other.prefix);
  }

  /** The prefix alone in the master instance's tables: most routers have no others. */
  @Override
  public String toString() {
    return table.isMaster() ? prefix.toString() : table + " " + prefix;
  }
}
