package dev.culvert.engine.instance;

import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.engine.config.RouterConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All the router has to know of one routing protocol: its own words for what happens to every
 * protocol, and what becomes of its actions. {@link ProtocolInstance} does the rest. A method that
 * answers with events answers with none where the protocol does not care.
 *
 * <p>Confined to the routing thread.
 *
 * @param <N> the engine, for queries
 */
public interface Protocol<N extends ProtocolEngine<E, A>, E, A> {
  ProtocolIdentity identity();

  /** An engine that knows nothing. */
  N engine();

  /** What the flight recorder keeps of an event: never a secret. */
  RecordedEvent record(Instant at, E event);

  // What the router has to tell

  List<E> configured(RouterConfig after);

  List<E> interfacesChanged(InterfaceChange change);

  /** Active routes of its tables moved. */
  List<E> routesChanged(List<RibDelta> deltas);

  /**
   * A next hop that the protocol has tracked is reached like this.
   *
   * @param resolved null if it is not
   */
  List<E> nextHopChanged(IpAddress nextHop, @Nullable ResolvedNextHop resolved);

  List<E> livenessChanged(LivenessTarget target, boolean up);

  /** The router stops: peers are to be told. */
  List<E> stopped();

  // What the protocol asks

  /** Carries an action out, and notes what it makes the protocol hold outside of itself. */
  void perform(A action, Requests requests);

  /** Notes what an event makes the protocol hold outside of itself. */
  void note(E event);

  /** What is to be done about an event that comes while the protocol is down. */
  List<A> refused(E event);

  /** What the protocol would ask for if it let go of all that is noted. */
  List<A> released();
}
