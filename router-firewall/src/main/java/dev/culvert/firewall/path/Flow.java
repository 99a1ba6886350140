package dev.culvert.firewall.path;

import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;

/**
 * One direction of a conversation, as connection tracking tells flows apart.
 *
 * @param sourcePort of TCP, UDP and SCTP; the identifier of an ICMP echo; else 0
 * @param destinationPort of TCP, UDP and SCTP; {@code type << 8 | code} of ICMP; else 0
 */
public record Flow(
    IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {
  private static final int ECHO = 8;
  private static final int TIMESTAMP = 13;
  private static final int INFORMATION = 15;
  private static final int ADDRESS_MASK = 17;
  private static final int ECHO_V6 = 128;
  private static final int NODE_INFORMATION = 139;

  public Flow {
    if (source.family() != destination.family()) {
      throw new IllegalArgumentException(source + " to " + destination);
    }
  }

  /** Of a protocol without ports. */
  public static Flow of(IpAddress source, IpAddress destination, int protocol) {
    return new Flow(source, destination, protocol, 0, 0);
  }

  public static Flow icmp(
      IpAddress source, IpAddress destination, int protocol, int type, int code, int identifier) {
    return new Flow(source, destination, protocol, identifier, type << 8 | code);
  }

  public boolean hasPorts() {
    return ServiceMatch.hasPorts(protocol);
  }

  public boolean isIcmp() {
    return ServiceMatch.isIcmp(protocol);
  }

  /** Of ICMP. */
  public int icmpType() {
    return destinationPort >> 8;
  }

  /** What answers to it look like. */
  public Flow reversed() {
    return isIcmp()
        ? new Flow(
            destination,
            source,
            protocol,
            sourcePort,
            answerTo(icmpType()) << 8 | (destinationPort & 0xff))
        : new Flow(destination, source, protocol, destinationPort, sourcePort);
  }

  private int answerTo(int type) {
    if (protocol == ServiceMatch.ICMPV6) {
      return switch (type) {
        case ECHO_V6, NODE_INFORMATION -> type + 1;
        case ECHO_V6 + 1, NODE_INFORMATION + 1 -> type - 1;
        default -> type;
      };
    }
    return switch (type) {
      case 0 -> ECHO;
      case ECHO -> 0;
      case TIMESTAMP, INFORMATION, ADDRESS_MASK -> type + 1;
      case TIMESTAMP + 1, INFORMATION + 1, ADDRESS_MASK + 1 -> type - 1;
      default -> type;
    };
  }

  /** Whether it is an ICMP question, which an answer belongs to. */
  public boolean isQuestion() {
    return isIcmp()
        && (protocol == ServiceMatch.ICMPV6
            ? icmpType() == ECHO_V6 || icmpType() == NODE_INFORMATION
            : icmpType() == ECHO
                || icmpType() == TIMESTAMP
                || icmpType() == INFORMATION
                || icmpType() == ADDRESS_MASK);
  }

  public Flow withSource(IpAddress address, int port) {
    return new Flow(address, destination, protocol, port, destinationPort);
  }

  public Flow withDestination(IpAddress address, int port) {
    return new Flow(source, address, protocol, sourcePort, port);
  }

  @Override
  public String toString() {
    return hasPorts()
        ? source + "/" + sourcePort + "->" + destination + "/" + destinationPort + ";" + protocol
        : source + "->" + destination + ";" + protocol;
  }
}
