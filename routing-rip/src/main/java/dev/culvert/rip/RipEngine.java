package dev.culvert.rip;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * RIP (RFC 2453) or RIPng (RFC 2080). Confined to the routing thread.
 *
 * <p>Unlike the RFC's, its table keeps what every neighbor offers, so that the second best is there
 * when the best is gone, and equal ones are used side by side. What neighbors are told is chosen by
 * export policies out of the active routes, those that RIP itself has learned included.
 *
 * <p>Draws on {@code random} so that routers do not fall into step (RFC 2453 §3.8, §3.10.1).
 */
public final class RipEngine implements ProtocolEngine<RipEvent, RipAction> {
  private final RipInstance instance;

  public RipEngine(RipFlavor flavor, RandomGenerator random) {
    this.instance = new RipInstance(flavor, random);
  }

  @Override
  public void handle(RipEvent event, Instant now, ActionSink<? super RipAction> actions) {
    instance.handle(event, now, actions);
  }

  @Override
  public void advance(Instant now, ActionSink<? super RipAction> actions) {
    instance.advance(now, actions);
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return instance.timers.next();
  }

  /** {@code show rip neighbor}, by interface: all that are configured. */
  public List<RipNeighborStatus> neighbors() {
    return OperationalView.neighbors(instance);
  }

  /** {@code show rip statistics}. */
  public RipStatistics statistics(Instant now) {
    return OperationalView.statistics(instance, now);
  }
}
