package dev.culvert.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.Exports.Advertisement;
import dev.culvert.rip.packet.MessageAuthentication;
import dev.culvert.rip.packet.RipCommand;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import dev.culvert.rip.packet.RouteEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;

/** Builds and sends messages: RFC 2453 §3.10, RFC 2080 §2.5. */
final class Transmitter {
  private static final int UDP_HEADER = 8;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  /** RFC 2453 §4: 25 entries and the header leave this much of 512 octets. */
  private static final int SLACK = 8;

  /** RFC 8200 §5: what every IPv6 link carries. */
  private static final int LEAST_IPV6_MTU = 1280;

  /** RFC 2453 §3.10.1: triggered updates follow each other after 1 to 5 seconds. */
  private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final RipInstance instance;

  /** Interfaces with news since the last event; those that wait have a timer. */
  private final TreeSet<InterfaceName> toTell = new TreeSet<>();

  Transmitter(RipInstance instance) {
    this.instance = instance;
  }

  /** Asks whoever is there for all it knows (RFC 2453 §3.9.1). */
  void requestAll(RipNeighbor on) {
    if (!on.sends()) {
      return;
    }
    RipMessage request = RipMessage.wholeTableRequest(instance.flavor, on.version());
    IpAddress all = on.destination();
    if (all != null || on.config.dynamicPeers()) {
      // Peers that are still to be heard of listen to the group.
      IpAddress group = all == null ? instance.flavor.group() : all;
      send(on, group, instance.flavor.port(), request);
    }
    for (IpAddress peer : on.config.peers()) {
      send(on, peer, instance.flavor.port(), request);
    }
  }

  void requestAll(RipNeighbor on, IpAddress peer) {
    if (on.sends()) {
      send(
          on,
          peer,
          instance.flavor.port(),
          RipMessage.wholeTableRequest(instance.flavor, on.version()));
    }
  }

  /** RFC 2453 §3.8: not in step with others. */
  void startUpdateTimer(RipNeighbor on) {
    long interval = on.config.updateInterval().toMillis();
    long offset = instance.random.nextLong(interval / 3 + 1) - interval / 6;
    instance.timers.start(new RipTimer.Update(on.name), instance.now.plusMillis(interval + offset));
  }

  /** All that neighbors are to know: a triggered update has nothing to add. */
  void periodicUpdate(RipNeighbor on) {
    startUpdateTimer(on);
    on.changed.clear();
    if (on.sends()) {
      update(on, instance.exports.of(on.group.name()).values());
      on.counters.add(Counters.What.UPDATES_SENT, instance.now);
    }
  }

  /** What has changed since the last update, unless one has just been sent: then later. */
  void triggeredUpdate(RipNeighbor on) {
    if (on.changed.isEmpty()
        || !on.sends()
        || instance.timers.isRunning(new RipTimer.Triggered(on.name))) {
      return;
    }
    List<Advertisement> changed = new ArrayList<>();
    SortedMap<IpPrefix, Advertisement> all = instance.exports.of(on.group.name());
    for (IpPrefix prefix : on.changed) {
      Advertisement advertisement = all.get(prefix);
      if (advertisement != null) {
        changed.add(advertisement);
      }
    }
    on.changed.clear();
    update(on, changed);
    on.counters.add(Counters.What.TRIGGERED_UPDATES_SENT, instance.now);
    long pause =
        LEAST_PAUSE.toMillis()
            + instance.random.nextLong(LONGEST_PAUSE.minus(LEAST_PAUSE).toMillis() + 1);
    Instant next = instance.now.plusMillis(pause);
    instance.timers.start(new RipTimer.Triggered(on.name), next);
  }

  /** The router leaves the interface: nothing can be reached by it any more. */
  void farewell(RipNeighbor on) {
    if (on.sends()) {
      update(
          on,
          instance.exports.of(on.group.name()).values().stream().map(Advertisement::gone).toList());
    }
  }

  private void update(RipNeighbor on, Collection<Advertisement> advertisements) {
    for (IpAddress destination : on.destinations()) {
      response(on, destination, instance.flavor.port(), told(on, destination, advertisements));
    }
  }

  /** RFC 2453 §3.9.1: the whole table, with split horizon, to one who asks. */
  void answerAll(RipNeighbor on, IpAddress asker, int port) {
    response(on, asker, port, told(on, asker, instance.exports.of(on.group.name()).values()));
    on.counters.add(Counters.What.RESPONSES_SENT, instance.now);
  }

  /** RFC 2453 §3.9.1: each entry that is asked for, without split horizon. */
  void answer(RipNeighbor on, IpAddress asker, int port, List<RouteEntry> asked) {
    response(on, asker, port, asked);
    on.counters.add(Counters.What.RESPONSES_SENT, instance.now);
  }

  private List<RouteEntry> told(
      RipNeighbor on, IpAddress destination, Collection<Advertisement> advertisements) {
    List<RouteEntry> entries = new ArrayList<>();
    for (Advertisement one : advertisements) {
      if (on.version() > 1 || instance.flavor == RipFlavor.RIPNG || hasNoMask(on, one.prefix())) {
        int metric = on.isBehind(one.learnedVia(), destination) ? RipFlavor.INFINITY : one.metric();
        entries.add(RouteEntry.of(one.prefix(), one.tag(), metric));
      }
    }
    return entries;
  }

  /**
   * RFC 1058 §3.2: whether a router of version 1 at the other end takes an address for this very
   * prefix.
   */
  private static boolean hasNoMask(RipNeighbor on, IpPrefix prefix) {
    return prefix.isDefault()
        || (prefix instanceof Ipv4Prefix v4
            && Ipv4Classes.prefix(v4.network(), on.subnet()).equals(v4));
  }

  private void response(RipNeighbor on, IpAddress to, int port, List<RouteEntry> entries) {
    int most = entriesOfAMessage(on);
    for (int from = 0; from < entries.size(); from += most) {
      List<RouteEntry> some = entries.subList(from, Math.min(from + most, entries.size()));
      send(on, to, port, new RipMessage(RipCommand.RESPONSE, on.version(), some));
    }
  }

  /** RFC 2453 §4, RFC 2080 §2.1: what authentication leaves of a message, within the MTU. */
  int entriesOfAMessage(RipNeighbor on) {
    int octets;
    if (instance.flavor == RipFlavor.RIPNG) {
      octets = Math.max(on.link.mtu(), LEAST_IPV6_MTU) - IPV6_HEADER - UDP_HEADER;
    } else {
      int configured =
          RipMessage.HEADER_LENGTH + on.config.messageSize() * RipMessage.ENTRY_LENGTH + SLACK;
      octets = Math.min(configured, on.link.mtu() - IPV4_HEADER - UDP_HEADER);
    }
    int overhead = MessageAuthentication.overhead(on.config.authentication());
    return Math.max(1, (octets - RipMessage.HEADER_LENGTH - overhead) / RipMessage.ENTRY_LENGTH);
  }

  private void send(RipNeighbor on, IpAddress to, int port, RipMessage message) {
    IpAddress source = on.source;
    if (source == null) {
      return;
    }
    Octets payload =
        instance.flavor == RipFlavor.RIPNG || message.version() == 1
            ? message.encode(instance.flavor)
            : MessageAuthentication.sign(message, on.config.authentication(), instance.now);
    instance.act(new RipAction.SendDatagram(on.name, source, to, port, payload));
  }

  /** An advertisement of the group has changed: its neighbors are to hear of it soon. */
  void changed(String group, IpPrefix prefix) {
    for (RipNeighbor on : instance.running.values()) {
      if (on.group.name().equals(group) && on.sends()) {
        on.changed.add(prefix);
        toTell.add(on.name);
      }
    }
  }

  /** At the end of each event, so that what it has changed is told at once. */
  void settle() {
    for (InterfaceName name : toTell) {
      RipNeighbor on = instance.running.get(name);
      if (on != null) {
        triggeredUpdate(on);
      }
    }
    toTell.clear();
  }
}
