package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u32;
import static dev.culvert.ipsec.forwarding.PacketMemory.u64;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A flyweight over one IPv4 or IPv6 packet: moved by {@link #parse} and valid until the next. All
 * positions are absolute in the memory. Confined to one thread.
 */
final class InnerPacket {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMP = 1;
  static final int ICMPV6 = 58;

  static final int IPV4_HEADER = 20;
  static final int IPV6_HEADER = 40;
  static final int SMALLEST_IPV6_MTU = 1280;
  static final int TCP_HEADER = 20;
  static final int UDP_HEADER = 8;

  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int DESTINATION_OPTIONS = 60;

  /** More extension headers than this in front of a transport header nobody sends. */
  private static final int MOST_EXTENSION_HEADERS = 8;

  private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3FFF;
  private static final int FRAGMENT_OFFSET = 0x1FFF;
  private static final int DONT_FRAGMENT = 0x4000;

  private static final int MULTICAST_LISTENER_QUERY = 130;
  private static final int REDIRECT = 137;
  private static final int MULTICAST_LISTENER_REPORT_2 = 143;

  /** The first ten bits of fe80::/10. */
  private static final long LINK_LOCAL = 0xFE80L >>> 6;

  private static final long MAPPED_PREFIX = 0x0000_FFFF_0000_0000L;

  @Nullable MemorySegment memory;
  int at;

  /** 4 or 6. */
  int version;

  /** The whole packet, as its own header says. */
  int length;

  /** Where the transport header begins, behind IP header and extension headers. */
  int transport;

  /** The transport protocol; of a later fragment as well. */
  int protocol;

  /** TOS or traffic class. */
  int trafficClass;

  boolean isFragment;
  boolean isLaterFragment;

  /** IPv4 only. */
  boolean dontFragment;

  /** False if there is no whole IP packet in the {@code available} octets. */
  boolean parse(MemorySegment memory, int at, int available) {
    this.memory = memory;
    this.at = at;
    if (available < IPV4_HEADER) {
      return false;
    }
    version = u8(memory, at) >>> 4;
    return switch (version) {
      case 4 -> parseIpv4(memory, available);
      case 6 -> available >= IPV6_HEADER && parseIpv6(memory, available);
      default -> false;
    };
  }

  /**
   * The largest packet of its version that a tunnel of that MTU must take: IPv6 needs 1280 octets
   * of every link (RFC 8200 §5), which a narrower tunnel provides by fragments of its outer
   * packets.
   */
  int largest(int mtu) {
    return version == 4 ? mtu : Math.max(mtu, SMALLEST_IPV6_MTU);
  }

  /** What was parsed lies in it. */
  MemorySegment memory() {
    return Objects.requireNonNull(memory);
  }

  int end() {
    return at + length;
  }

  /** IP header and extension headers. */
  int networkHeaderLength() {
    return transport - at;
  }

  int transportLength() {
    return end() - transport;
  }

  boolean hasPorts() {
    return !isLaterFragment
        && (protocol == TCP || protocol == UDP || protocol == 132 || protocol == 33)
        && transportLength() >= 4;
  }

  /** True for an unfragmented or first packet that holds a whole TCP header. */
  boolean isTcp() {
    return protocol == TCP && !isLaterFragment && transportLength() >= TCP_HEADER;
  }

  /**
   * What a kernel says by itself on every link that is up, to find neighbors and to join groups
   * (RFC 4861, RFC 3810): nobody's traffic.
   */
  boolean isHousekeeping(MemorySegment memory) {
    if (version != 6 || protocol != ICMPV6 || isLaterFragment || transportLength() == 0) {
      return false;
    }
    int type = u8(memory, transport);
    if ((type < MULTICAST_LISTENER_QUERY || type > REDIRECT)
        && type != MULTICAST_LISTENER_REPORT_2) {
      return false;
    }
    long high = sourceHigh(memory);
    return high >>> 54 == LINK_LOCAL || (high == 0 && sourceLow(memory) == 0);
  }

  long sourceHigh(MemorySegment memory) {
    return version == 4 ? 0 : u64(memory, at + 8);
  }

  /** IPv4 addresses in their mapped form. */
  long sourceLow(MemorySegment memory) {
    return version == 4 ? mapped(u32(memory, at + 12)) : u64(memory, at + 16);
  }

  long destinationHigh(MemorySegment memory) {
    return version == 4 ? 0 : u64(memory, at + 24);
  }

  long destinationLow(MemorySegment memory) {
    return version == 4 ? mapped(u32(memory, at + 16)) : u64(memory, at + 32);
  }

  static long mapped(int ipv4) {
    return MAPPED_PREFIX | Integer.toUnsignedLong(ipv4);
  }

  /** The sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1) for a transport that long. */
  long pseudoHeaderSum(MemorySegment memory, int transportLength) {
    long addresses =
        version == 4 ? PacketMemory.sum(memory, at + 12, 8) : PacketMemory.sum(memory, at + 8, 32);
    return addresses + protocol + transportLength;
  }

  private boolean parseIpv4(MemorySegment memory, int available) {
    int header = (u8(memory, at) & 0xF) * 4;
    length = u16(memory, at + 2);
    if (header < IPV4_HEADER || length < header || length > available) {
      return false;
    }
    transport = at + header;
    trafficClass = u8(memory, at + 1);
    protocol = u8(memory, at + 9);
    int fragment = u16(memory, at + 6);
    isFragment = (fragment & MORE_FRAGMENTS_AND_OFFSET) != 0;
    isLaterFragment = (fragment & FRAGMENT_OFFSET) != 0;
    dontFragment = (fragment & DONT_FRAGMENT) != 0;
    return true;
  }

  private boolean parseIpv6(MemorySegment memory, int available) {
    length = IPV6_HEADER + u16(memory, at + 4);
    if (length > available) {
      return false;
    }
    transport = at + IPV6_HEADER;
    trafficClass = u32(memory, at) >>> 20 & 0xFF;
    protocol = u8(memory, at + 6);
    isFragment = false;
    isLaterFragment = false;
    dontFragment = true;
    for (int i = 0; i < MOST_EXTENSION_HEADERS && !isLaterFragment; i++) {
      boolean isOptions =
          protocol == HOP_BY_HOP || protocol == ROUTING || protocol == DESTINATION_OPTIONS;
      if (!isOptions && protocol != FRAGMENT) {
        return true;
      }
      if (end() - transport < 8) {
        return false;
      }
      int next = u8(memory, transport);
      int extension = isOptions ? (u8(memory, transport + 1) + 1) * 8 : 8;
      if (protocol == FRAGMENT) {
        // RFC 8200 §4.5: offset in the upper 13 bits, M in the lowest.
        int fragment = u16(memory, transport + 2);
        isFragment = true;
        isLaterFragment = (fragment & 0xFFF8) != 0;
      }
      if (end() - transport < extension) {
        return false;
      }
      transport += extension;
      protocol = next;
    }
    return true;
  }
}
