package dev.culvert.rip;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.rip.Counters.What;
import dev.culvert.rip.Exports.Advertisement;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.packet.MessageAuthentication;
import dev.culvert.rip.packet.MessageAuthentication.Verdict;
import dev.culvert.rip.packet.RipAuthentication;
import dev.culvert.rip.packet.RipCommand;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import dev.culvert.rip.packet.RouteEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is believed of what arrives: RFC 2453 §3.9, RFC 2080 §2.4. Whatever is wrong with a message
 * costs the message, whatever is wrong with an entry the entry; both are counted.
 */
final class Reception {
  /** RFC 2080 §2.4.2: a datagram that a router has passed on has less. */
  private static final int RIPNG_HOP_LIMIT = 255;

  private final RipInstance instance;
  private long badMessages;
  private long noReceivingInterface;
  private long requestsDropped;
  private long responsesDropped;

  Reception(RipInstance instance) {
    this.instance = instance;
  }

  long badMessages() {
    return badMessages;
  }

  long noReceivingInterface() {
    return noReceivingInterface;
  }

  long requestsDropped() {
    return requestsDropped;
  }

  long responsesDropped() {
    return responsesDropped;
  }

  void clearStatistics() {
    badMessages = 0;
    noReceivingInterface = 0;
    requestsDropped = 0;
    responsesDropped = 0;
  }

  void received(RipEvent.DatagramReceived datagram) {
    RipNeighbor on = instance.running.get(datagram.in());
    if (on == null || !on.isUp() || on.config.receive() == ReceiveMode.NONE) {
      noReceivingInterface++;
      return;
    }
    if (instance.isOwn(datagram.source())) {
      return;
    }
    switch (RipMessage.decode(instance.flavor, datagram.payload())) {
      case Decoded.Malformed<RipMessage>(var fault) -> {
        badMessages++;
        on.counters.add(What.BAD_MESSAGES, instance.now);
        report(on, datagram.source(), fault.field() + " " + fault.reason());
      }
      case Decoded.Ok<RipMessage>(var message) -> {
        String refusal = refusal(on, datagram, message);
        if (refusal != null) {
          refused(on, datagram.source(), message, refusal);
        } else {
          accept(on, datagram, message);
        }
      }
    }
  }

  /** Why a message is not heeded, or null. */
  private @Nullable String refusal(
      RipNeighbor on, RipEvent.DatagramReceived datagram, RipMessage message) {
    boolean anySender = on.config.anySender() && instance.flavor == RipFlavor.RIP;
    if (!anySender && !on.isOnLink(datagram.source())) {
      return "the source is not on the link";
    }
    if (instance.flavor == RipFlavor.RIPNG && datagram.hopLimit() != RIPNG_HOP_LIMIT) {
      return "a router has passed it on";
    }
    // RFC 2453 §3.9.2: from another port it is from no router.
    if (message.command() == RipCommand.RESPONSE
        && datagram.sourcePort() != instance.flavor.port()) {
      return "the source port is not " + instance.flavor.port();
    }
    if (instance.flavor == RipFlavor.RIP && !on.config.receive().takes(message.version())) {
      return "the version is not to be received";
    }
    if (on.config.checkZero() && !message.zerosHold()) {
      return "a field that must be zero is not";
    }
    return null;
  }

  private void refused(RipNeighbor on, IpAddress source, RipMessage message, String reason) {
    switch (message.command()) {
      case REQUEST -> {
        requestsDropped++;
        on.counters.add(What.REQUESTS_IGNORED, instance.now);
      }
      case RESPONSE -> {
        responsesDropped++;
        on.counters.add(updatesIgnored(message), instance.now);
      }
    }
    report(on, source, reason);
  }

  private void report(RipNeighbor on, IpAddress source, String reason) {
    instance.report(
        Notice.limited(
            Notice.Level.WARN,
            instance.flavor.tag() + "_MESSAGE_IGNORED",
            "interface",
            on.name,
            "source",
            source,
            "reason",
            reason));
  }

  private void accept(RipNeighbor on, RipEvent.DatagramReceived datagram, RipMessage message) {
    Peer known = on.peers.get(datagram.source());
    RipAuthentication authentication = on.config.authentication();
    Verdict verdict =
        // RFC 2453 §5.2: version 1 has no authentication, and is ignored where there is one.
        message.version() == 1 && !(authentication instanceof RipAuthentication.None)
            ? new Verdict.Rejected("authentication type mismatches")
            : MessageAuthentication.verify(
                message,
                datagram.payload(),
                authentication,
                known == null ? 0 : known.leastSequence);
    switch (verdict) {
      case Verdict.Rejected(String cause) -> {
        on.counters.add(What.AUTHENTICATION_FAILURES, instance.now);
        refused(on, datagram.source(), message, cause);
      }
      case Verdict.Accepted(long sequenceNumber) -> {
        switch (message.command()) {
          case REQUEST -> request(on, datagram, message);
          case RESPONSE -> response(on, datagram.source(), message, sequenceNumber);
        }
      }
    }
  }

  private void request(RipNeighbor on, RipEvent.DatagramReceived datagram, RipMessage message) {
    on.counters.add(What.REQUESTS_RECEIVED, instance.now);
    if (on.config.send() == SendMode.NONE
        || message.entries().isEmpty()
        || !on.requests.take(instance.now)) {
      requestsDropped++;
      on.counters.add(What.REQUESTS_IGNORED, instance.now);
      return;
    }
    if (on.config.dynamicPeers() && datagram.sourcePort() == instance.flavor.port()) {
      instance.peers.heard(on, datagram.source());
    }
    if (message.asksForWholeTable(instance.flavor)) {
      instance.transmitter.answerAll(on, datagram.source(), datagram.sourcePort());
    } else {
      instance.transmitter.answer(
          on, datagram.source(), datagram.sourcePort(), answers(on, message));
    }
  }

  /** RFC 2453 §3.9.1: the same entries, with the metrics that we have. */
  private List<RouteEntry> answers(RipNeighbor on, RipMessage message) {
    SortedMap<IpPrefix, Advertisement> told = instance.exports.of(on.group.name());
    List<RouteEntry> answers = new ArrayList<>();
    for (RouteEntry asked : message.entries()) {
      IpPrefix prefix = prefix(on, asked);
      Advertisement known = prefix == null ? null : told.get(prefix);
      answers.add(asked.withMetric(known == null ? RipFlavor.INFINITY : known.metric()));
    }
    return answers;
  }

  private void response(RipNeighbor on, IpAddress source, RipMessage message, long sequence) {
    Peer peer = instance.peers.heard(on, source);
    if (peer == null || peer.distrustedUntil.isAfter(instance.now)) {
      responsesDropped++;
      on.counters.add(updatesIgnored(message), instance.now);
      return;
    }
    peer.leastSequence = sequence;
    on.counters.add(
        isFirstVersion(message) ? What.V1_UPDATES_RECEIVED : What.V2_UPDATES_RECEIVED,
        instance.now);
    for (RouteEntry entry : message.entries()) {
      if (!entry(on, peer, entry)) {
        on.counters.add(
            isFirstVersion(message) ? What.V1_BAD_ROUTE_ENTRIES : What.V2_BAD_ROUTE_ENTRIES,
            instance.now);
      }
    }
  }

  /** False for an entry that is wrong: RFC 2453 §3.9.2, RFC 2080 §2.4.2. */
  private boolean entry(RipNeighbor on, Peer peer, RouteEntry entry) {
    IpPrefix prefix = prefix(on, entry);
    boolean metricFits = entry.metric() >= 1 && entry.metric() <= RipFlavor.INFINITY;
    if (prefix == null || !metricFits || entry.addressFamily() != RouteEntry.FAMILY_IP) {
      return false;
    }
    IpAddress nextHop = nextHop(on, peer, entry);
    if (instance.isOwn(nextHop)) {
      // It leads to us, who have asked because we know no way.
      instance.table.withdraw(prefix, new RouteTable.From(on.name, peer.address));
      return true;
    }
    int metric = (int) entry.metric();
    if (metric + on.config.metricIn() >= RipFlavor.INFINITY) {
      instance.table.withdraw(prefix, new RouteTable.From(on.name, peer.address));
    } else {
      instance.table.offer(on, peer, prefix, new RouteTable.Offer(metric, entry.tag(), nextHop));
    }
    return true;
  }

  /** RFC 2453 §4.4: one that is not on the link is as good as none. */
  private static IpAddress nextHop(RipNeighbor on, Peer peer, RouteEntry entry) {
    IpAddress said = entry.nextHop();
    return said.isUnspecified() || !on.isOnLink(said) ? peer.address : said;
  }

  /** What the entry is about; null if that is nothing a route could lead to. */
  private static @Nullable IpPrefix prefix(RipNeighbor on, RouteEntry entry) {
    IpPrefix prefix =
        switch (entry.address()) {
          case Ipv4Address v4 -> ipv4(on, v4, entry.length());
          case Ipv6Address v6 -> entry.length() > 128 ? null : IpPrefix.of(v6, entry.length());
        };
    boolean hasHostBits = prefix != null && !prefix.network().equals(entry.address());
    return prefix == null || hasHostBits || isForNobody(prefix) ? null : prefix;
  }

  private static @Nullable IpPrefix ipv4(RipNeighbor on, Ipv4Address address, int length) {
    return switch (length) {
      case RouteEntry.BAD_MASK -> null;
      case RouteEntry.NO_MASK -> Ipv4Classes.prefix(address, on.subnet());
      default -> IpPrefix.of(address, length);
    };
  }

  /** RFC 2453 §3.9.2: a unicast address that is neither on net 0 nor on net 127. */
  private static boolean isForNobody(IpPrefix prefix) {
    return switch (prefix.network()) {
      case Ipv4Address v4 -> {
        int first = v4.bits() >>> 24;
        yield (first == 0 && !prefix.isDefault()) || first == 127 || first >= 224;
      }
      case Ipv6Address v6 ->
          v6.isMulticast() || v6.isLinkLocal() || (v6.isLoopback() && prefix.isHost());
    };
  }

  private boolean isFirstVersion(RipMessage message) {
    return instance.flavor == RipFlavor.RIP && message.version() == 1;
  }

  private What updatesIgnored(RipMessage message) {
    return isFirstVersion(message) ? What.V1_UPDATES_IGNORED : What.V2_UPDATES_IGNORED;
  }
}
