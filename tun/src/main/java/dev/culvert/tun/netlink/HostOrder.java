package dev.culvert.tun.netlink;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.nio.ByteOrder;

/** Netlink speaks the machine's own byte order, where the wire types speak the network's. */
public final class HostOrder {
  private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private HostOrder() {}

  public static int u16(WireReader in, String field) {
    return swap16(in.u16(field));
  }

  public static int u32(WireReader in, String field) {
    return swap32(in.u32(field));
  }

  public static void u16(WireWriter out, int value) {
    out.u16(swap16(value));
  }

  public static void u32(WireWriter out, int value) {
    out.u32(swap32(value));
  }

  public static void patchU16(WireWriter out, int at, int value) {
    out.patchU16(at, swap16(value));
  }

  public static void patchU32(WireWriter out, int at, int value) {
    out.patchU32(at, swap32(value));
  }

  private static int swap16(int value) {
    return SWAPPED ? Short.reverseBytes((short) value) & 0xFFFF : value;
  }

  private static int swap32(int value) {
    return SWAPPED ? Integer.reverseBytes(value) : value;
  }
}
