package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What zones, policies and NAT look at in a packet.
 *
 * @param in by which interface it came; null for what the router itself sends
 * @param tcpFlags of TCP, as in its header (RFC 9293 §3.1); else 0
 * @param length of the whole packet, in octets
 * @param options of its IPv4 header
 * @param about of an ICMP error: the packet it reports, as it was seen where it got lost
 * @param dataLength of what follows TCP's header, in octets; else 0
 * @param dnsResponse whether it is a UDP datagram with the QR bit of DNS (RFC 1035 §4.1.1)
 */
public record PacketHeaders(
    @Nullable InterfaceName in,
    Flow flow,
    int tcpFlags,
    int length,
    Fragment fragment,
    Set<IpOption> options,
    @Nullable Flow about,
    int dataLength,
    boolean dnsResponse) {
  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;

  /** Short enough for every screen. */
  public static final int SMALL = 64;

  public enum Fragment {
    WHOLE,
    FIRST,
    /** Without the header above IP. */
    LATER
  }

  /** IPv4 options that screens know (RFC 791 §3.1). */
  public enum IpOption {
    RECORD_ROUTE,
    TIMESTAMP,
    SECURITY,
    STREAM,
    LOOSE_SOURCE_ROUTE,
    STRICT_SOURCE_ROUTE,
    /** None of the others, or with a length that cannot be. */
    BAD
  }

  public PacketHeaders {
    EnumSet<IpOption> sorted = EnumSet.noneOf(IpOption.class);
    sorted.addAll(options);
    options = Collections.unmodifiableSet(sorted);
  }

  /** A small packet, whole and without options; of TCP the first of a connection. */
  public static PacketHeaders first(@Nullable InterfaceName in, Flow flow) {
    int flags = flow.protocol() == ServiceMatch.TCP ? SYN : 0;
    return new PacketHeaders(in, flow, flags, SMALL, Fragment.WHOLE, Set.of(), null, 0, false);
  }

  public static PacketHeaders tcp(@Nullable InterfaceName in, Flow flow, int flags) {
    return new PacketHeaders(in, flow, flags, SMALL, Fragment.WHOLE, Set.of(), null, 0, false);
  }

  /** An ICMP error. */
  public static PacketHeaders error(@Nullable InterfaceName in, Flow flow, Flow about) {
    return new PacketHeaders(in, flow, 0, SMALL, Fragment.WHOLE, Set.of(), about, 0, false);
  }

  public PacketHeaders withFlow(Flow other) {
    return new PacketHeaders(
        in, other, tcpFlags, length, fragment, options, about, dataLength, dnsResponse);
  }

  public boolean has(int flag) {
    return (tcpFlags & flag) != 0;
  }

  /** Whether a TCP segment is the first of a connection: SYN without ACK, RST and FIN. */
  public boolean beginsConnection() {
    return (tcpFlags & (SYN | ACK | RST | FIN)) == SYN;
  }
}
