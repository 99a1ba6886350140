package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** One thing to be done, or looked up, in the kernel; each is answered. */
public sealed interface SystemOperation {

  /** For an operator to read: what it is about. */
  String describe();

  /** A change, answered by {@link SystemSynchronizer#completed}. */
  sealed interface Change extends SystemOperation {}

  /** A change of one interface. */
  sealed interface OfInterface extends Change {
    InterfaceName name();
  }

  /** Make the TUN device, without carrier, and join it to the data path. */
  record OpenTunnel(InterfaceName name, TunnelSettings settings) implements OfInterface {
    @Override
    public String describe() {
      return "device";
    }
  }

  /** Take the TUN device out of the data path, which closes it. */
  record CloseTunnel(InterfaceName name) implements OfInterface {
    @Override
    public String describe() {
      return "removal of the device";
    }
  }

  /** What the data path is to know of the tunnel. */
  record SetTunnel(InterfaceName name, TunnelSettings settings) implements OfInterface {
    @Override
    public String describe() {
      return "tunnel of mtu " + settings.mtu();
    }
  }

  /** Show the tunnel's state as its device's carrier. */
  record SetCarrier(InterfaceName name, boolean up) implements OfInterface {
    @Override
    public String describe() {
      return "carrier";
    }
  }

  record SetMtu(InterfaceName name, int index, int mtu) implements OfInterface {
    @Override
    public String describe() {
      return "mtu " + mtu;
    }
  }

  /** Administratively up or down. */
  record SetUp(InterfaceName name, int index, boolean up) implements OfInterface {
    @Override
    public String describe() {
      return up ? "link up" : "link down";
    }
  }

  /** Add an address with our mark; one that is there already is left as it is (EEXIST). */
  record AddAddress(InterfaceName name, int index, InterfaceAddress address)
      implements OfInterface {
    @Override
    public String describe() {
      return "address " + address;
    }
  }

  /** Remove an address, and no other of its subnet with it. */
  record RemoveAddress(InterfaceName name, int index, InterfaceAddress address)
      implements OfInterface {
    @Override
    public String describe() {
      return "removal of address " + address;
    }
  }

  /**
   * Make the kernel write that link address in front of what it sends to the next hop, whatever it
   * has done before.
   *
   * @param linkAddress 48 bits
   */
  record SetNeighbor(InterfaceName name, int index, IpAddress nextHop, long linkAddress)
      implements OfInterface {
    @Override
    public String describe() {
      return "neighbor " + nextHop;
    }
  }

  /** Forget what was set for a next hop; nothing of somebody else's. */
  record RemoveNeighbor(InterfaceName name, int index, IpAddress nextHop) implements OfInterface {
    @Override
    public String describe() {
      return "removal of neighbor " + nextHop;
    }
  }

  /**
   * Write one of the kernel's switches.
   *
   * @param key below {@code /proc/sys/net}, such as {@code ipv4/ip_forward}
   */
  record SetSwitch(String key, int value) implements Change {
    @Override
    public String describe() {
      return Switches.name(key) + "=" + value;
    }
  }

  /**
   * Read all devices and addresses; answered by {@link SystemSynchronizer#found} or {@link
   * SystemSynchronizer#readFailed}.
   */
  record ReadDevices() implements SystemOperation {
    @Override
    public String describe() {
      return "devices";
    }
  }

  /**
   * Read what was set by {@link SetNeighbor} on that device; answered by {@link
   * SystemSynchronizer#neighborsRead} or {@link SystemSynchronizer#readFailed}.
   */
  record ReadNeighbors(InterfaceName name, int index) implements SystemOperation {
    @Override
    public String describe() {
      return "neighbors on " + name;
    }
  }

  /** Read those switches; answered by {@link SystemSynchronizer#switchesRead}. */
  record ReadSwitches(SortedSet<String> keys) implements SystemOperation {
    public ReadSwitches {
      keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
    }

    @Override
    public String describe() {
      return "switches";
    }
  }

  /**
   * Read the rules by which the kernel chooses a table; answered by {@link
   * SystemSynchronizer#rulesRead} or {@link SystemSynchronizer#readFailed}.
   */
  record ReadRules() implements SystemOperation {
    @Override
    public String describe() {
      return "rules";
    }
  }
}
