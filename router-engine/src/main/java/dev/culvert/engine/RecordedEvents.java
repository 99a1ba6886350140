package dev.culvert.engine;

import dev.culvert.bfd.BfdEvent;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.engine.rpm.RpmEvent;
import dev.culvert.firewall.FirewallEvent;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.monitor.MonitorEvent;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.rip.RipEvent;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * What the flight recorders keep of each event: packets and messages as they came; configurations
 * and key agreements, which hold secrets, by name; long lists by their length.
 */
public final class RecordedEvents {
  /** A list longer than that is no help to whoever reads the file. */
  private static final int MOST_ELEMENTS = 64;

  /** About the memory of a record in a list, such as a route, and of an event without payload. */
  private static final int ELEMENT_OCTETS = 128;

  private static final int AUTH_TYPE_AT = 14;
  private static final int AUTHENTICATION_AT = 16;
  private static final int AUTHENTICATION_END = 24;
  private static final int SIMPLE_PASSWORD = 1;
  private static final int RIP_PASSWORD = 2;
  private static final int RIP_AUTHENTICATION_AT = 8;
  private static final int RIP_AUTHENTICATION_END = 24;

  private RecordedEvents() {}

  public static RecordedEvent router(Instant at, RouterEvent event) {
    return switch (event) {
      case RouterEvent.ConfigurationCommitted e -> named(at, "ConfigurationCommitted");
      case RouterEvent.InterfacesChanged e -> list(at, e, e.interfaces());
      case RouterEvent.TunnelChanged e -> whole(at, e);
      case RouterEvent.TunnelRemoteChanged e -> whole(at, e);
      case RouterEvent.TunnelPathChanged e -> whole(at, e);
      case RouterEvent.RpmTestChanged e -> whole(at, e);
      case RouterEvent.SelectorChanged e -> list(at, e, e.remotes());
      case RouterEvent.RoutesAsked e -> whole(at, e);
      case RouterEvent.LivenessChanged e -> whole(at, e);
      case RouterEvent.OspfPacketReceived e -> {
        Octets seen = withoutPassword(e.payload());
        yield packet(
            at,
            new RouterEvent.OspfPacketReceived(e.in(), e.source(), e.destination(), seen),
            seen);
      }
      case RouterEvent.RipDatagramReceived e -> {
        Octets seen = withoutPassword(e.flavor(), e.payload());
        yield packet(
            at,
            new RouterEvent.RipDatagramReceived(
                e.flavor(), e.in(), e.source(), e.sourcePort(), e.hopLimit(), seen),
            seen);
      }
      case RouterEvent.ClearRip e -> whole(at, e);
      case RouterEvent.BgpTransport e -> bgp(at, e.event());
      case RouterEvent.KernelRoutesFound e -> list(at, e, e.routes());
      case RouterEvent.KernelRoutesChanged e -> list(at, e, e.changes());
      case RouterEvent.KernelNewsLost e -> whole(at, e);
      case RouterEvent.KernelRoutesRead e -> list(at, e, e.slice().routes());
      case RouterEvent.KernelReadFailed e -> whole(at, e);
      case RouterEvent.FibUpdated e -> list(at, e, e.results());
      case RouterEvent.ClearBgp e -> whole(at, e);
      case RouterEvent.ShutDown e -> whole(at, e);
    };
  }

  static RecordedEvent ospf(Instant at, OspfEvent event) {
    return switch (event) {
      case OspfEvent.ConfigurationCommitted e -> named(at, "ConfigurationCommitted");
      case OspfEvent.InterfaceChanged e -> whole(at, e);
      case OspfEvent.InterfaceRemoved e -> whole(at, e);
      case OspfEvent.PacketReceived e -> {
        Octets seen = withoutPassword(e.payload());
        yield packet(
            at, new OspfEvent.PacketReceived(e.in(), e.source(), e.destination(), seen), seen);
      }
      case OspfEvent.LivenessLost e -> whole(at, e);
      case OspfEvent.LivenessUp e -> whole(at, e);
      case OspfEvent.RibChanged e -> list(at, e, e.deltas());
    };
  }

  static RecordedEvent rip(Instant at, RipFlavor flavor, RipEvent event) {
    return switch (event) {
      case RipEvent.ConfigurationCommitted e -> named(at, "ConfigurationCommitted");
      case RipEvent.InterfaceChanged e -> whole(at, e);
      case RipEvent.InterfaceRemoved e -> whole(at, e);
      case RipEvent.DatagramReceived e -> {
        Octets seen = withoutPassword(flavor, e.payload());
        yield packet(
            at,
            new RipEvent.DatagramReceived(e.in(), e.source(), e.sourcePort(), e.hopLimit(), seen),
            seen);
      }
      case RipEvent.LivenessChanged e -> whole(at, e);
      case RipEvent.RibChanged e -> list(at, e, e.deltas());
      case RipEvent.ClearStatistics e -> whole(at, e);
    };
  }

  static RecordedEvent bgp(Instant at, BgpEvent event) {
    return switch (event) {
      case BgpEvent.ConfigurationCommitted e -> named(at, "ConfigurationCommitted");
      case BgpEvent.TransportOpened e -> whole(at, e);
      case BgpEvent.TransportFailed e -> whole(at, e);
      case BgpEvent.TransportClosed e -> whole(at, e);
      case BgpEvent.TransportWritable e -> whole(at, e);
      case BgpEvent.MessageReceived e -> packet(at, e, e.message());
      case BgpEvent.RibChanged e -> list(at, e, e.deltas());
      case BgpEvent.NextHopChanged e -> whole(at, e);
      case BgpEvent.LivenessLost e -> whole(at, e);
      case BgpEvent.LivenessUp e -> whole(at, e);
      case BgpEvent.InterfacesChanged e -> list(at, e, e.changes().changed());
      case BgpEvent.ClearNeighbor e -> whole(at, e);
      case BgpEvent.ShutDown e -> whole(at, e);
    };
  }

  public static RecordedEvent ike(Instant at, IkeEvent event) {
    return switch (event) {
      case IkeEvent.ConfigurationCommitted e -> named(at, "ConfigurationCommitted");
      case IkeEvent.InterfacesChanged e -> list(at, e, e.changes().changed());
      case IkeEvent.PortsRefused e -> whole(at, e);
      case IkeEvent.DatagramReceived e -> {
        int octets = ELEMENT_OCTETS + e.message().length();
        yield new RecordedEvent(at, e, octets, e.lane() != Lane.KNOWN);
      }
      case IkeEvent.Computed e -> named(at, "Computed[id=" + e.id() + "]");
      case IkeEvent.DataPath e -> whole(at, e);
      case IkeEvent.Traffic e -> list(at, e, e.counters().entrySet());
      case IkeEvent.ActivityRead e -> list(at, e, e.activity().entrySet());
      case IkeEvent.ClearSecurityAssociations e -> whole(at, e);
      case IkeEvent.ClearIpsecSas e -> whole(at, e);
      case IkeEvent.RekeyRequested e -> whole(at, e);
      case IkeEvent.PathFailed e -> whole(at, e);
      case IkeEvent.LookedUp e -> whole(at, e);
      case IkeEvent.RoutesFound e -> whole(at, e);
      case IkeEvent.ShutDown e -> whole(at, e);
    };
  }

  public static RecordedEvent bfd(Instant at, BfdEvent event) {
    return switch (event) {
      case BfdEvent.SessionConfigured e -> whole(at, e);
      case BfdEvent.SessionRemoved e -> whole(at, e);
      case BfdEvent.PacketReceived e -> packet(at, e, e.payload());
      case BfdEvent.ShutDown e -> whole(at, e);
    };
  }

  public static RecordedEvent monitor(Instant at, MonitorEvent event) {
    return switch (event) {
      case MonitorEvent.ConfigurationCommitted e -> whole(at, e);
      case MonitorEvent.InterfacesChanged e -> list(at, e, e.changes().changed());
      case MonitorEvent.TunnelChanged e -> whole(at, e);
      case MonitorEvent.ReplyReceived e -> packet(at, e, e.reply().payload());
      case MonitorEvent.TrafficRead e -> whole(at, e);
    };
  }

  public static RecordedEvent rpm(Instant at, RpmEvent event) {
    return switch (event) {
      case RpmEvent.ConfigurationCommitted e -> list(at, e, e.after().tests());
      case RpmEvent.ReplyReceived e -> packet(at, e, e.reply().payload());
    };
  }

  public static RecordedEvent firewall(Instant at, FirewallEvent event) {
    return event instanceof FirewallEvent.Committed ? whole(at, "Committed") : whole(at, event);
  }

  /** What one step of settling the routes moved; of many the first. */
  static RecordedEvent moved(Instant at, List<?> elements) {
    List<?> first = List.copyOf(elements.subList(0, Math.min(elements.size(), MOST_ELEMENTS)));
    return new RecordedEvent(
        at, elements.size() + " moved: " + first, ELEMENT_OCTETS * (1 + first.size()));
  }

  private static RecordedEvent whole(Instant at, Object event) {
    return new RecordedEvent(at, event, ELEMENT_OCTETS);
  }

  private static RecordedEvent packet(Instant at, Object event, Octets payload) {
    return new RecordedEvent(at, event, ELEMENT_OCTETS + payload.length());
  }

  private static RecordedEvent named(Instant at, String name) {
    return new RecordedEvent(at, name, ELEMENT_OCTETS);
  }

  private static RecordedEvent list(Instant at, Object event, Collection<?> elements) {
    return elements.size() > MOST_ELEMENTS
        ? named(at, event.getClass().getSimpleName() + "[" + elements.size() + " elements]")
        : new RecordedEvent(at, event, ELEMENT_OCTETS * (1 + elements.size()));
  }

  /** RFC 2453 §4.1: the password stands in the first entry as it is. */
  private static Octets withoutPassword(RipFlavor flavor, Octets datagram) {
    boolean hasPassword =
        flavor == RipFlavor.RIP
            && datagram.length() >= RIP_AUTHENTICATION_AT
            && datagram.at(4) == 0xFF
            && datagram.at(5) == 0xFF
            && datagram.at(6) == 0
            && datagram.at(7) == RIP_PASSWORD;
    if (!hasPassword) {
      return datagram;
    }
    byte[] masked = datagram.toByteArray();
    int end = Math.min(masked.length, RIP_AUTHENTICATION_END);
    java.util.Arrays.fill(masked, RIP_AUTHENTICATION_AT, end, (byte) 0);
    return Octets.wrap(masked);
  }

  /** RFC 2328 §D.3: with AuType 1 the password stands in the header as it is. */
  private static Octets withoutPassword(Octets packet) {
    if (packet.length() < AUTHENTICATION_END
        || packet.at(AUTH_TYPE_AT) != 0
        || packet.at(AUTH_TYPE_AT + 1) != SIMPLE_PASSWORD) {
      return packet;
    }
    byte[] masked = packet.toByteArray();
    java.util.Arrays.fill(masked, AUTHENTICATION_AT, AUTHENTICATION_END, (byte) 0);
    return Octets.wrap(masked);
  }
}
