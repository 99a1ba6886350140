package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.probe.EchoMessage;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * ICMP or ICMPv6 echo requests of ours, and the replies to them: a raw socket that sees nothing but
 * echo replies, and of one that is bound to a device those alone that arrive there. Confined to one
 * thread.
 */
public final class EchoSocket implements Pollable {
  private static final int SLOTS = 16;

  /** Vectors of datagrams that one call hands over. */
  private static final int MOST_VECTORS = 8;

  /** Header and all; what is longer was not asked for by us, as requests are no longer either. */
  private static final int MAX_DATAGRAM = 65_536;

  private static final int MIN_IP_HEADER = 20;

  /** {@code struct icmp6_filter}: a bit for each type that is not wanted. */
  private static final int ICMP6_FILTER_WORDS = 8;

  private final ControlChannel channel;
  private final AddressFamily family;
  private final int index;

  // As set last.
  private int ttl = -1;
  private int trafficClass;
  private int mtuDiscovery = -1;

  private EchoSocket(Descriptor descriptor, AddressFamily family, int index) {
    this.channel = new ControlChannel(descriptor, SLOTS, MAX_DATAGRAM);
    this.family = family;
    this.index = index;
  }

  /**
   * @param out the device it is bound to; null: it sends by the routes
   */
  public static EchoSocket open(@Nullable InterfaceName out, AddressFamily family)
      throws SystemCallException {
    int protocol = family == AddressFamily.INET ? Linux.IPPROTO_ICMP : Linux.IPPROTO_ICMPV6;
    Descriptor socket = Descriptor.socket(BatchSocket.family(family), Linux.SOCK_RAW, protocol);
    try {
      if (out != null) {
        socket.bindToDevice(out.device());
      }
      filter(socket, family);
      int index = out == null ? 0 : InterfaceRequest.interfaceIndex(out.device());
      return new EchoSocket(socket, family, index);
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static void filter(Descriptor socket, AddressFamily family) throws SystemCallException {
    int type = EchoMessage.replyType(family);
    if (family == AddressFamily.INET) {
      socket.setOption(Linux.SOL_RAW, Linux.ICMP_FILTER, ~(1 << type), "ICMP_FILTER");
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(ValueLayout.JAVA_INT, ICMP6_FILTER_WORDS);
      for (int word = 0; word < ICMP6_FILTER_WORDS; word++) {
        int passes = word == type / Integer.SIZE ? 1 << type % Integer.SIZE : 0;
        filter.setAtIndex(ValueLayout.JAVA_INT, word, ~passes);
      }
      socket.setOption(Linux.IPPROTO_ICMPV6, Linux.ICMP6_FILTER, filter, "ICMP6_FILTER");
    }
  }

  /**
   * Sends one request.
   *
   * @return false if the kernel refused it: no route, no such source, or too long for the device
   */
  public boolean send(EchoRequest request) {
    EchoMessage message =
        new EchoMessage(
            EchoMessage.requestType(family),
            request.identifier(),
            request.sequence(),
            request.payload());
    byte[] octets = message.encode(family).toByteArray();
    if (!setOptions(request)
        || !channel.prepareSend(octets, octets.length, request.destination(), 0, index)) {
      return false;
    }
    IpAddress source = request.source();
    if (source != null) {
      channel.sent.addPacketInfo(0, index, source);
    }
    return channel.finishSend();
  }

  private boolean setOptions(EchoRequest request) {
    int discovery = request.dontFragment() ? Linux.PMTUDISC_PROBE : Linux.PMTUDISC_DONT;
    boolean isInet = family == AddressFamily.INET;
    int level = isInet ? Linux.IPPROTO_IP : Linux.IPPROTO_IPV6;
    boolean done = true;
    if (request.ttl() != ttl) {
      done = option(level, isInet ? Linux.IP_TTL : Linux.IPV6_UNICAST_HOPS, request.ttl());
      ttl = request.ttl();
    }
    if (request.trafficClass() != trafficClass) {
      done &= option(level, isInet ? Linux.IP_TOS : Linux.IPV6_TCLASS, request.trafficClass());
      trafficClass = request.trafficClass();
    }
    if (discovery != mtuDiscovery) {
      done &= option(level, isInet ? Linux.IP_MTU_DISCOVER : Linux.IPV6_MTU_DISCOVER, discovery);
      mtuDiscovery = discovery;
    }
    return done;
  }

  private boolean option(int level, int option, int value) {
    return channel.descriptor.tryOption(level, option, value);
  }

  /** Hands over the replies that wait, without waiting for more, but not all of a flood. */
  public void receive(Consumer<? super EchoReply> replies) {
    int vectors = 0;
    int count;
    do {
      count = channel.receive();
      vectors++;
      for (int slot = 0; slot < count; slot++) {
        EchoReply reply = reply(slot);
        if (reply != null) {
          replies.accept(reply);
        }
      }
    } while (channel.isFull(count) && vectors < MOST_VECTORS);
  }

  /** Null for what is no echo reply. An IPv4 packet comes with its header, an IPv6 one without. */
  private @Nullable EchoReply reply(int slot) {
    int length = channel.length(slot);
    int header = 0;
    if (family == AddressFamily.INET) {
      header = length < MIN_IP_HEADER ? 0 : (channel.octet(slot, 0) & 0xF) * 4;
      if (header < MIN_IP_HEADER || header > length) {
        return null;
      }
    }
    return EchoMessage.decode(family, channel.octets(slot, header, length))
                instanceof Decoded.Ok<EchoMessage>(EchoMessage message)
            && message.type() == EchoMessage.replyType(family)
        ? new EchoReply(
            channel.received.peer(slot),
            message.identifier(),
            message.sequence(),
            message.payload())
        : null;
  }

  /** The kernel's index of the device it is bound to; 0: none. */
  public int interfaceIndex() {
    return index;
  }

  @Override
  public int fileDescriptor() {
    return channel.descriptor.number();
  }

  @Override
  public void close() {
    channel.descriptor.close();
  }
}
