package dev.culvert.core.rib;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;

/**
 * Names a routing table: the routing instance it belongs to and its address family. Printed as
 * Junos does: {@code inet.0}, {@code inet6.0}, {@code NAME.inet.0}. The tables of {@link #MASTER}
 * come first in order.
 *
 * @param instance {@link #MASTER}, or the name of a routing instance
 */
public record TableId(String instance, AddressFamily family) implements Comparable<TableId> {
  /** The routing instance of whatever is not put into another one. */
  public static final String MASTER = "master";

  public static final TableId INET = new TableId(MASTER, AddressFamily.INET);
  public static final TableId INET6 = new TableId(MASTER, AddressFamily.INET6);

  public TableId {
    if (instance.isEmpty()) {
      throw new IllegalArgumentException("a routing instance has a name");
    }
  }

  /** The master instance's table of a family. */
  public static TableId of(AddressFamily family) {
    return family == AddressFamily.INET ? INET : INET6;
  }

  public boolean isMaster() {
    return instance.equals(MASTER);
  }

  /** What stands in the table is of its family: anything else is a bug of whoever puts it there. */
  public void require(IpPrefix prefix) {
    if (prefix.family() != family) {
      throw new IllegalArgumentException(prefix + " does not belong into " + this);
    }
  }

  @Override
  public int compareTo(TableId other) {
    int byMaster = Boolean.compare(other.isMaster(), isMaster());
    int byInstance = byMaster != 0 ? byMaster : instance.compareTo(other.instance);
    return byInstance != 0 ? byInstance : family.compareTo(other.family);
  }

  @Override
  public String toString() {
    String table = family == AddressFamily.INET ? "inet.0" : "inet6.0";
    return isMaster() ? table : instance + "." + table;
  }
}
