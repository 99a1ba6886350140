package dev.culvert.ospf;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.ospf.lsdb.LinkStateDatabase;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfOverview;
import dev.culvert.ospf.operational.OspfStatistics;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * OSPF version 2 in the backbone area (RFC 2328). Confined to the routing thread.
 *
 * <p>Draws on {@code random} for the first DD sequence number of an adjacency and for hello jitter.
 */
public final class OspfEngine implements ProtocolEngine<OspfEvent, OspfAction> {
  private final OspfInstance instance;

  /** An engine that does not measure itself. */
  public OspfEngine(RandomGenerator random) {
    this(random, () -> 0);
  }

  /**
   * @param stopwatch nanoseconds, by which the time of routing table calculations is reported;
   *     nothing depends on it
   */
  public OspfEngine(RandomGenerator random, LongSupplier stopwatch) {
    this(random, stopwatch, LinkStateDatabase.MAX_LSAS);
  }

  /**
   * @param mostLsas how many LSAs of others the database holds
   */
  OspfEngine(RandomGenerator random, LongSupplier stopwatch, int mostLsas) {
    this.instance = new OspfInstance(random, stopwatch, mostLsas);
  }

  @Override
  public void handle(OspfEvent event, Instant now, ActionSink<? super OspfAction> actions) {
    instance.handle(event, now, actions);
  }

  @Override
  public void advance(Instant now, ActionSink<? super OspfAction> actions) {
    instance.advance(now, actions);
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return instance.nextDeadline();
  }

  /** {@code show ospf neighbor}, by interface, then router id. */
  public List<OspfNeighborStatus> neighbors(Instant now) {
    return OperationalView.neighbors(instance, now);
  }

  /** {@code show ospf interface}, by name; interfaces that are configured and exist. */
  public List<OspfInterfaceStatus> interfaces(Instant now) {
    return OperationalView.interfaces(instance, now);
  }

  /** {@code show ospf database}, by type, Link State ID, Advertising Router. */
  public List<OspfDatabaseEntry> database(Instant now) {
    return OperationalView.database(instance, now);
  }

  public OspfStatistics statistics() {
    return OperationalView.statistics(instance);
  }

  public OspfOverview overview() {
    return OperationalView.overview(instance);
  }
}
