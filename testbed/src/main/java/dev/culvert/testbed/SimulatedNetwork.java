package dev.culvert.testbed;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.RouterConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * A network in memory: nodes, media and the time. The same seed and the same calls give the same
 * {@link #trace}. Confined to one thread.
 */
public final class SimulatedNetwork {
  /** How often a wait looks whether it is over. */
  private static final Duration GLANCE = Duration.ofMillis(10);

  private final long seed;
  private final SplittableRandom random;
  private final EventQueue time = new EventQueue();
  private final Trace trace = new Trace(time);
  private final List<SimulatedRouter> routers = new ArrayList<>();
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private int media;

  public SimulatedNetwork(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
  }

  public long seed() {
    return seed;
  }

  public EventQueue time() {
    return time;
  }

  public Trace trace() {
    return trace;
  }

  RandomGenerator random() {
    return random;
  }

  /** A wire if two nodes are plugged into it, a LAN segment if more. */
  public Medium medium(String name, LinkConditions conditions) {
    return new Medium(media++, name, conditions, this);
  }

  /** Gives the node a device on the medium. */
  public void plug(SimulatedNode node, String device, Medium medium) {
    node.kernel().plug(InterfaceName.of(device), medium);
  }

  /** A router that is switched on by {@link SimulatedRouter#start}. */
  public SimulatedRouter router(String name, RouterConfig config) {
    SimulatedRouter router = new SimulatedRouter(name, config, this);
    routers.add(router);
    return router;
  }

  public SimulatedHost host(String name) {
    SimulatedHost host = new SimulatedHost(name, time);
    hosts.add(host);
    return host;
  }

  public List<SimulatedRouter> routers() {
    return List.copyOf(routers);
  }

  public List<SimulatedHost> hosts() {
    return List.copyOf(hosts);
  }

  /** Lets the time pass. */
  public void run(Duration duration) {
    time.run(duration);
  }

  /** Lets the time pass until the condition holds; false if it does not within the limit. */
  public boolean runUntil(BooleanSupplier condition, Duration limit) {
    long end = time.nowNanos() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (time.nowNanos() >= end) {
        return false;
      }
      time.run(GLANCE);
    }
    return true;
  }
}
