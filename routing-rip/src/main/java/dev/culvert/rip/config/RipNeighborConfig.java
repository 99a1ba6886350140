package dev.culvert.rip.config;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.rip.packet.RipAuthentication;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code neighbor}: an interface by which RIP speaks, with all that it inherits.
 *
 * @param imported the policies that a route passes on its way in; without one all is taken
 * @param metricIn what is added to the metric of each route that comes, 1 to 15
 * @param checkZero messages with fields that are to be zero and are not are ignored
 * @param messageSize entries of an update, 25 to 255, of which authentication takes some
 * @param anySender messages are taken from addresses outside the interface's subnets
 * @param routeTimeout silence about a route until it is taken for gone
 * @param updateInterval from one update to the next, give or take a sixth
 * @param peers addresses that updates are sent to one by one
 */
public record RipNeighborConfig(
    InterfaceName name,
    PolicyChain imported,
    int metricIn,
    SendMode send,
    ReceiveMode receive,
    boolean checkZero,
    int messageSize,
    boolean anySender,
    Duration routeTimeout,
    Duration updateInterval,
    RipAuthentication authentication,
    boolean pointToMultipoint,
    boolean dynamicPeers,
    SortedSet<IpAddress> peers,
    @Nullable LivenessConfig liveness) {
  public static final int DEFAULT_METRIC_IN = 1;
  public static final int DEFAULT_MESSAGE_SIZE = 25;
  public static final Duration DEFAULT_ROUTE_TIMEOUT = Duration.ofMinutes(3);
  public static final Duration DEFAULT_UPDATE_INTERVAL = Duration.ofSeconds(30);

  public RipNeighborConfig {
    peers = Collections.unmodifiableSortedSet(new TreeSet<>(peers));
  }

  /** All defaults. */
  public static RipNeighborConfig of(InterfaceName name) {
    return new RipNeighborConfig(
        name,
        PolicyChain.EMPTY,
        DEFAULT_METRIC_IN,
        SendMode.MULTICAST,
        ReceiveMode.BOTH,
        true,
        DEFAULT_MESSAGE_SIZE,
        false,
        DEFAULT_ROUTE_TIMEOUT,
        DEFAULT_UPDATE_INTERVAL,
        RipAuthentication.NONE,
        false,
        false,
        new TreeSet<>(),
        null);
  }

  public RipNeighborConfig withImport(PolicyChain policies) {
    return with(draft -> draft.imported = policies);
  }

  public RipNeighborConfig withMetricIn(int metric) {
    return with(draft -> draft.metricIn = metric);
  }

  public RipNeighborConfig withModes(SendMode send, ReceiveMode receive) {
    return with(draft -> {
      draft.send = send;
      draft.receive = receive;
    });
  }

  public RipNeighborConfig withCheckZero(boolean check) {
    return with(draft -> draft.checkZero = check);
  }

  public RipNeighborConfig withMessageSize(int entries) {
    return with(draft -> draft.messageSize = entries);
  }

  public RipNeighborConfig withAnySender(boolean any) {
    return with(draft -> draft.anySender = any);
  }

  public RipNeighborConfig withAuthentication(RipAuthentication how) {
    return with(draft -> draft.authentication = how);
  }

  /** Updates go to each of these peers, and to those that are heard if {@code dynamic}. */
  public RipNeighborConfig withPeers(boolean dynamic, IpAddress... addresses) {
    return with(draft -> {
      draft.pointToMultipoint = true;
      draft.dynamicPeers = dynamic;
      draft.peers = new TreeSet<>(List.of(addresses));
    });
  }

  public RipNeighborConfig withLiveness(@Nullable LivenessConfig config) {
    return with(draft -> draft.liveness = config);
  }

  private RipNeighborConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finish(this);
  }

  /** What a record cannot do: be changed in one component. */
  private static final class Draft {
    PolicyChain imported;
    int metricIn;
    SendMode send;
    ReceiveMode receive;
    boolean checkZero;
    int messageSize;
    boolean anySender;
    Duration routeTimeout;
    Duration updateInterval;
    RipAuthentication authentication;
    boolean pointToMultipoint;
    boolean dynamicPeers;
    SortedSet<IpAddress> peers;
    @Nullable LivenessConfig liveness;

    Draft(RipNeighborConfig from) {
      imported = from.imported;
      metricIn = from.metricIn;
      send = from.send;
      receive = from.receive;
      checkZero = from.checkZero;
      messageSize = from.messageSize;
      anySender = from.anySender;
      routeTimeout = from.routeTimeout;
      updateInterval = from.updateInterval;
      authentication = from.authentication;
      pointToMultipoint = from.pointToMultipoint;
      dynamicPeers = from.dynamicPeers;
      peers = from.peers;
      liveness = from.liveness;
    }

    RipNeighborConfig finish(RipNeighborConfig from) {
      return new RipNeighborConfig(
          from.name,
          imported,
          metricIn,
          send,
          receive,
          checkZero,
          messageSize,
          anySender,
          routeTimeout,
          updateInterval,
          authentication,
          pointToMultipoint,
          dynamicPeers,
          peers,
          liveness);
    }
  }
}
