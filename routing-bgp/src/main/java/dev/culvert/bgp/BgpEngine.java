package dev.culvert.bgp;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.net.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * BGP-4 (RFC 4271) of one router: sessions, Adj-RIBs-In, decision process, Adj-RIBs-Out.
 *
 * <p>Confined to the thread that calls it; the records it answers queries with may go anywhere.
 */
public final class BgpEngine implements ProtocolEngine<BgpEvent, BgpAction> {
  public BgpEngine(RandomGenerator random) {}

  @Override
  public void handle(BgpEvent event, Instant now, ActionSink<? super BgpAction> actions) {}

  @Override
  public void advance(Instant now, ActionSink<? super BgpAction> actions) {}

  @Override
  public @Nullable Deadline nextDeadline() {
    return null;
  }

  /** {@code show bgp summary}. */
  public BgpSummary summary() {
    return new BgpSummary(0, 0, new BgpSummary.TableCounts(0, 0, 0, 0, 0, 0), List.of());
  }

  /** {@code show bgp neighbor}, ascending by address. */
  public List<BgpNeighbor> neighbors() {
    return List.of();
  }

  /** {@code show route receive-protocol bgp}: what the peer sent, before policy. */
  public List<PeerRoute> receivedRoutes(IpAddress peer) {
    return List.of();
  }

  /** {@code show route advertising-protocol bgp}: what the peer was sent. */
  public List<PeerRoute> advertisedRoutes(IpAddress peer) {
    return List.of();
  }
}
