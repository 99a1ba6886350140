package dev.culvert.testbed;

import dev.culvert.core.forwarding.NextHopLink;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.system.FoundAddress;
import dev.culvert.engine.system.FoundDevice;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A device of a {@link SimulatedKernel}. */
final class SimulatedDevice {
  private static final int DEFAULT_MTU = 1500;

  final int index;
  final @Nullable Medium medium;
  InterfaceName name;
  boolean adminUp;
  boolean carrier;

  /** It is a tunnel that has any number of peers. */
  boolean multipoint;

  /** Link addresses by next hop, as they were told. */
  final Map<IpAddress, Long> neighbors = new HashMap<>();

  int mtu = DEFAULT_MTU;

  /** In the order in which they came, with whether they bear a router's mark. */
  final SequencedMap<InterfaceAddress, Boolean> addresses = new LinkedHashMap<>();

  /**
   * @param medium null for the loopback and for tunnels
   */
  SimulatedDevice(int index, InterfaceName name, @Nullable Medium medium) {
    this.index = index;
    this.name = name;
    this.medium = medium;
  }

  boolean isUp() {
    return adminUp && carrier;
  }

  /** As routing sees it: for a tunnel only the operator's will counts here, as in the daemon. */
  InterfaceState state() {
    return new InterfaceState(
        name,
        index,
        adminUp && (carrier || name.isSecureTunnel()),
        name.isSecureTunnel() && !multipoint,
        name.device().equals("lo"),
        mtu,
        List.copyOf(addresses.sequencedKeySet()));
  }

  /** What the kernel writes in front of a packet to that next hop, as a tunnel's reader sees it. */
  int nextHop(@Nullable Ipv4Address address) {
    if (address == null) {
      return PacketBatch.ALL_NEXT_HOPS;
    }
    Long linkAddress = neighbors.get(address);
    return linkAddress == null ? PacketBatch.NO_NEXT_HOP : NextHopLink.nextHop(linkAddress);
  }

  FoundDevice found() {
    return new FoundDevice(index, name, adminUp, mtu);
  }

  List<FoundAddress> foundAddresses() {
    return addresses.entrySet().stream()
        .map(a -> new FoundAddress(index, a.getKey(), a.getValue()))
        .toList();
  }
}
