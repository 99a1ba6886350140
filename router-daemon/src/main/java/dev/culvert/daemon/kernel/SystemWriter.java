package dev.culvert.daemon.kernel;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.engine.system.SystemOperation;
import dev.culvert.engine.system.SystemResult;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.netlink.Sysctl;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has changes of devices, addresses and switches carried out and answers for each, whatever
 * happens. Confined to the kernel thread.
 */
final class SystemWriter {
  private static final Logger LOG = LoggerFactory.getLogger(SystemWriter.class);

  private final RtNetlink netlink;
  private final TunnelDevices tunnels;

  SystemWriter(RtNetlink netlink, TunnelDevices tunnels) {
    this.netlink = netlink;
    this.tunnels = tunnels;
  }

  SystemResult write(SystemOperation.Change change) {
    try {
      return carryOut(change);
    } catch (SystemCallException e) {
      return SystemResult.failed(change, e.errno(), String.valueOf(e.getMessage()));
    } catch (NoSuchFileException e) {
      return SystemResult.failed(change, Errno.ENOENT, "no such file " + e.getMessage());
    } catch (IOException e) {
      return SystemResult.failed(change, Errno.EIO, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // One that cannot be made, be it by a bug of ours, spoils no other.
      LOG.error("SYSTEM_CHANGE_FAULT change=\"{}\"", change.describe(), e);
      return SystemResult.failed(change, Errno.EIO, String.valueOf(e));
    }
  }

  private SystemResult carryOut(SystemOperation.Change change) throws IOException {
    switch (change) {
      case SystemOperation.OpenTunnel c -> {
        return SystemResult.opened(c, tunnels.open(c.name(), c.settings()));
      }
      case SystemOperation.CloseTunnel c -> tunnels.close(c.name());
      case SystemOperation.SetTunnel c -> tunnels.set(c.name(), c.settings());
      case SystemOperation.SetCarrier c -> tunnels.setCarrier(c.name(), c.up());
      case SystemOperation.SetMtu c -> netlink.setMtu(c.index(), c.mtu());
      case SystemOperation.SetUp c -> netlink.setUp(c.index(), c.up());
      case SystemOperation.AddAddress c -> {
        if (!netlink.addAddress(c.index(), c.address())) {
          return SystemResult.failed(c, Errno.EEXIST, Errno.describe(Errno.EEXIST));
        }
      }
      case SystemOperation.RemoveAddress c -> removeAddress(c);
      case SystemOperation.SetNeighbor c ->
          netlink.setNeighbor(c.index(), c.nextHop(), c.linkAddress());
      case SystemOperation.RemoveNeighbor c -> netlink.removeNeighbor(c.index(), c.nextHop());
      case SystemOperation.SetSwitch c -> Sysctl.write(c.key(), c.value());
    }
    return SystemResult.done(change);
  }

  private void removeAddress(SystemOperation.RemoveAddress change) throws IOException {
    InterfaceAddress address = change.address();
    if (address.address().family() == AddressFamily.INET) {
      // Others of its subnet, an administrator's perhaps, would be removed with it.
      String device = change.name().device();
      boolean before = Sysctl.setPromoteSecondaries(device, true);
      try {
        netlink.removeAddress(change.index(), address);
      } finally {
        Sysctl.setPromoteSecondaries(device, before);
      }
    } else {
      netlink.removeAddress(change.index(), address);
    }
  }

  /** The values of those that the kernel has and lets be read. */
  static SortedMap<String, Integer> read(SortedSet<String> keys) {
    SortedMap<String, Integer> values = new TreeMap<>();
    for (String key : keys) {
      try {
        values.put(key, Sysctl.read(key));
      } catch (NoSuchFileException e) {
        // Not of this kernel, or of a device that has just gone.
        LOG.debug("no {}", key);
      } catch (IOException | NumberFormatException e) {
        LOG.warn("KERNEL_SWITCH_UNREADABLE key={} reason={}", key, e.getMessage());
      }
    }
    return values;
  }
}
