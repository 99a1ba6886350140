package dev.culvert.tun;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Options about multicast on one interface whose value is a {@code struct ip_mreqn}. */
final class MulticastOption {
  private static final int LENGTH = 12;
  private static final int INTERFACE_INDEX = 8;

  private MulticastOption() {}

  /**
   * The group, no local address, the interface.
   *
   * @param optionName for the text of a refusal
   */
  static void set(Descriptor socket, int option, String optionName, Ipv4Address group, int index)
      throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(LENGTH, Integer.BYTES);
      request.set(ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 0, group.bits());
      request.set(ValueLayout.JAVA_INT, INTERFACE_INDEX, index);
      socket.setOption(Linux.IPPROTO_IP, option, request, optionName);
    }
  }
}
