package dev.culvert.daemon.kernel;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.netlink.Sysctl;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TUN devices behind the configured {@code st0.N}, each joined to the data path, which closes
 * them. Confined to the kernel thread.
 */
final class TunnelDevices {
  private static final Logger LOG = LoggerFactory.getLogger(TunnelDevices.class);

  private record Device(TunDevice tun, int index) {}

  private final RtNetlink netlink;
  private final IpsecDataPath dataPath;
  private final SortedMap<InterfaceName, Device> devices = new TreeMap<>();

  /** Why the last attempt to open failed. */
  private final Map<InterfaceName, String> refusals = new HashMap<>();

  TunnelDevices(RtNetlink netlink, IpsecDataPath dataPath) {
    this.netlink = netlink;
    this.dataPath = dataPath;
  }

  SortedSet<InterfaceName> names() {
    return new TreeSet<>(devices.keySet());
  }

  boolean isOpen(InterfaceName name) {
    return devices.containsKey(name);
  }

  /** True if our device of that name is the kernel's of that index. */
  boolean isDevice(InterfaceName name, int index) {
    Device device = devices.get(name);
    return device != null && device.index() == index;
  }

  /** False if the kernel refuses, which is told once for each reason. */
  boolean open(InterfaceName name, TunnelSettings settings) {
    try {
      List<TunDevice> queues = TunDevice.openQueues(name, dataPath.queues());
      try {
        devices.put(name, new Device(queues.getFirst(), netlink.index(name)));
      } catch (IOException e) {
        queues.forEach(TunDevice::close);
        throw e;
      }
      try {
        dataPath.addTunnel(queues, settings);
      } catch (RuntimeException e) {
        devices.remove(name);
        queues.forEach(TunDevice::close);
        throw e;
      }
      Sysctl.setReversePathFilter(name, Sysctl.ReversePathFilter.OFF);
      refusals.remove(name);
      return true;
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (!reason.equals(refusals.put(name, reason))) {
        LOG.error("TUNNEL_OPEN_FAILED interface={} reason={}", name, reason);
      }
      return devices.containsKey(name);
    }
  }

  void remove(InterfaceName name) {
    devices.remove(name);
    dataPath.removeTunnel(name);
  }

  void setCarrier(InterfaceName name, boolean up) {
    Device device = devices.get(name);
    if (device == null) {
      return;
    }
    try {
      device.tun().setCarrier(up);
    } catch (IOException e) {
      LOG.warn("TUNNEL_CARRIER_FAILED interface={} reason={}", name, e.getMessage());
    }
  }
}
