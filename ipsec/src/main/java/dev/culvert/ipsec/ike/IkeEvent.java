package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What can happen to the {@link IkeEngine}. */
public sealed interface IkeEvent {
  record ConfigurationCommitted(IpsecConfig after) implements IkeEvent {}

  /** Our addresses are taken from {@code external-interface}. */
  record InterfacesChanged(InterfaceChanges changes) implements IkeEvent {}

  /**
   * What has become of {@link IkeAction.OpenPort}, each time that changes.
   *
   * @param refused the UDP ports that the system does not give us, each with its reason; empty once
   *     all are open
   */
  record PortsRefused(IpAddress local, SortedMap<Integer, String> refused) implements IkeEvent {
    public PortsRefused {
      refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    }
  }

  /**
   * An IKE message without its non-ESP marker; the local port says whether there was one.
   *
   * @param lane who may have sent it, for those who keep a record; the engine finds out for itself
   */
  record DatagramReceived(Endpoint local, Endpoint remote, Octets message, Lane lane)
      implements IkeEvent {
    /** Of which nobody has said who may have sent it. */
    public DatagramReceived(Endpoint local, Endpoint remote, Octets message) {
      this(local, remote, message, Lane.STRANGERS);
    }
  }

  /** The outcome of {@link IkeAction.Compute} with that id. */
  record Computed(long id, ComputationResult result) implements IkeEvent {}

  record DataPath(SaNotice notice) implements IkeEvent {}

  /** Counters of all SA pairs by inbound SPI, a few times a minute. */
  record Traffic(SortedMap<Spi, SaTraffic> counters) implements IkeEvent {
    public Traffic {
      counters = Collections.unmodifiableSortedMap(new TreeMap<>(counters));
    }
  }

  /** The answer to {@link IkeAction.ReadActivity}, by inbound SPI. */
  record ActivityRead(long ikeSpi, SortedMap<Spi, SaActivity> activity) implements IkeEvent {
    public ActivityRead {
      activity = Collections.unmodifiableSortedMap(new TreeMap<>(activity));
    }
  }

  /** {@code clear security ike security-associations}: of one gateway, or null for all. */
  record ClearSecurityAssociations(@Nullable String gateway) implements IkeEvent {}

  /**
   * {@code clear security ipsec security-associations}: the SA pairs of one VPN, or of all for
   * null, are deleted, and others made on the same IKE SA.
   */
  record ClearIpsecSas(@Nullable String vpn) implements IkeEvent {}

  /** Rekey ahead of time: the IKE SA of that gateway, or its child SAs. */
  record RekeyRequested(String gateway, boolean ikeSa) implements IkeEvent {}

  /**
   * Nobody answers through the SA pairs of that VPN: they are deleted, and others made, also where
   * traffic would have to ask for them.
   *
   * @param text why, for operators
   */
  record PathFailed(String vpn, String text) implements IkeEvent {}

  /**
   * What {@link IkeAction.LookUp} came to.
   *
   * @param addresses none if the name stands for none, or no name server answers
   */
  record LookedUp(String vpn, String name, List<IpAddress> addresses) implements IkeEvent {
    public LookedUp {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * The answer to {@link IkeAction.FindRoutes}.
   *
   * @param ofOne what leads to the first address also leads to all of that prefix; likewise ofOther
   */
  record RoutesFound(InterfaceName tunnel, int one, int other, IpPrefix ofOne, IpPrefix ofOther)
      implements IkeEvent {}

  /** Tells every peer by a delete, once; the engine does nothing more. */
  record ShutDown() implements IkeEvent {}
}
