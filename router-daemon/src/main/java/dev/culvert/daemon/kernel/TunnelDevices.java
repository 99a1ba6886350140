package dev.culvert.daemon.kernel;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.netlink.RtNetlink;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The TUN devices behind the configured {@code st0.N}, each joined to the data path, which closes
 * them. Confined to the kernel thread.
 */
final class TunnelDevices {
  private final RtNetlink netlink;
  private final IpsecDataPath dataPath;

  /** One queue of each, by which its carrier is set. */
  private final SortedMap<InterfaceName, TunDevice> devices = new TreeMap<>();

  TunnelDevices(RtNetlink netlink, IpsecDataPath dataPath) {
    this.netlink = netlink;
    this.dataPath = dataPath;
  }

  /** Makes the device, without carrier; its index. */
  int open(InterfaceName name, TunnelSettings settings) throws IOException {
    List<TunDevice> queues =
        settings.multipoint()
            ? TunDevice.openMultipoint(name, dataPath.queues())
            : TunDevice.openQueues(name, dataPath.queues());
    try {
      int index = netlink.index(name);
      dataPath.addTunnel(queues, settings);
      devices.put(name, queues.getFirst());
      return index;
    } catch (IOException | RuntimeException e) {
      queues.forEach(TunDevice::close);
      throw e;
    }
  }

  void set(InterfaceName name, TunnelSettings settings) {
    dataPath.setTunnel(name, settings);
  }

  void close(InterfaceName name) {
    devices.remove(name);
    dataPath.removeTunnel(name);
  }

  void setCarrier(InterfaceName name, boolean up) throws IOException {
    TunDevice device = devices.get(name);
    if (device != null) {
      device.setCarrier(up);
    }
  }
}
