package dev.culvert.tun.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** {@code struct ifreq}: a device name of at most 15 characters, and one value. */
public final class InterfaceRequest {
  /** IFNAMSIZ, the terminating zero included. */
  private static final int NAME_SIZE = 16;

  private static final int SIZE = 40;
  private static final int SIOCGIFINDEX = 0x8933;
  private static final int SIOCGIFFLAGS = 0x8913;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int SIOCGIFHWADDR = 0x8927;
  private static final int IFF_NOARP = 0x80;

  /** Behind the name and the address family of {@code struct sockaddr}. */
  private static final int LINK_ADDRESS_AT = NAME_SIZE + 2;

  private static final int LINK_ADDRESS_OCTETS = 6;
  private static final int SIOCSIFTXQLEN = 0x8943;

  private InterfaceRequest() {}

  /** The request for {@code device} with {@code value} as its number. */
  public static MemorySegment of(Arena arena, String device, int value) {
    MemorySegment request = arena.allocate(SIZE, 8);
    byte[] name = device.getBytes(StandardCharsets.US_ASCII);
    if (name.length == 0 || name.length >= NAME_SIZE) {
      throw new IllegalArgumentException("device name '" + device + "'");
    }
    MemorySegment.copy(name, 0, request, ValueLayout.JAVA_BYTE, 0, name.length);
    request.set(ValueLayout.JAVA_INT, NAME_SIZE, value);
    return request;
  }

  /** The same with a value of 16 bits, as TUNSETIFF wants its flags. */
  public static MemorySegment ofShort(Arena arena, String device, int value) {
    MemorySegment request = of(arena, device, 0);
    request.set(ValueLayout.JAVA_SHORT, NAME_SIZE, (short) value);
    return request;
  }

  /** The kernel's index of a device. */
  public static int interfaceIndex(String device) throws SystemCallException {
    try (Arena arena = Arena.ofConfined();
        Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_DGRAM, 0)) {
      MemorySegment request = of(arena, device, 0);
      SystemCallException.check(
          "interface " + device, SystemCalls.ioctl(socket.number(), SIOCGIFINDEX, request));
      return request.get(ValueLayout.JAVA_INT, NAME_SIZE);
    }
  }

  public static void setTransmitQueueLength(String device, int packets) throws SystemCallException {
    try (Arena arena = Arena.ofConfined();
        Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_DGRAM, 0)) {
      SystemCallException.check(
          "txqueuelen of " + device,
          SystemCalls.ioctl(socket.number(), SIOCSIFTXQLEN, of(arena, device, packets)));
    }
  }

  /** The kernel asks nobody for link addresses on that device: it takes those it is told. */
  public static void turnArpOff(String device) throws SystemCallException {
    try (Arena arena = Arena.ofConfined();
        Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_DGRAM, 0)) {
      MemorySegment request = of(arena, device, 0);
      SystemCallException.check(
          "flags of " + device, SystemCalls.ioctl(socket.number(), SIOCGIFFLAGS, request));
      short flags = request.get(ValueLayout.JAVA_SHORT, NAME_SIZE);
      request.set(ValueLayout.JAVA_SHORT, NAME_SIZE, (short) (flags | IFF_NOARP));
      SystemCallException.check(
          "noarp of " + device, SystemCalls.ioctl(socket.number(), SIOCSIFFLAGS, request));
    }
  }

  /** The device's own link address, 48 bits. */
  public static long linkAddress(String device) throws SystemCallException {
    try (Arena arena = Arena.ofConfined();
        Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_DGRAM, 0)) {
      MemorySegment request = of(arena, device, 0);
      SystemCallException.check(
          "link address of " + device, SystemCalls.ioctl(socket.number(), SIOCGIFHWADDR, request));
      long address = 0;
      for (int i = 0; i < LINK_ADDRESS_OCTETS; i++) {
        address = (address << 8) | (request.get(ValueLayout.JAVA_BYTE, LINK_ADDRESS_AT + i) & 0xFF);
      }
      return address;
    }
  }
}
