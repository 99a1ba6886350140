package dev.culvert.ospf.neighbor;

import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The neighbor data structure of RFC 2328 §10. Confined to the routing thread. */
public final class Neighbor {
  /** An LSA sent to the neighbor and not acknowledged yet. */
  public record Unacknowledged(LsaHeader header, Instant sentAt) {}

  public final RouterId routerId;
  public Ipv4Address address;
  public NeighborState state = NeighborState.DOWN;
  public int priority;
  public int options;
  public Ipv4Address designatedRouter = Ipv4Address.ANY;
  public Ipv4Address backupDesignatedRouter = Ipv4Address.ANY;

  /** True while this router leads the database exchange. */
  public boolean master;

  public int ddSequenceNumber;
  public boolean ddSequenceDrawn;
  public @Nullable DatabaseDescription lastReceived;
  public @Nullable DatabaseDescription lastSent;

  /** Database summary list: headers still to be described. */
  public final Deque<LsaHeader> summaries = new ArrayDeque<>();

  /** Link state request list: what the neighbor has and this router lacks. */
  public final TreeMap<LsaKey, LsaHeader> requests = new TreeMap<>();

  /** Of those, what the last Link State Request asked for. */
  public final TreeSet<LsaKey> asked = new TreeSet<>();

  /** Link state retransmission list. */
  public final TreeMap<LsaKey, Unacknowledged> unacknowledged = new TreeMap<>();

  public long cryptographicSequence;
  public @Nullable Instant upSince;
  public @Nullable Instant fullSince;
  public @Nullable Instant deadAt;
  public long stateChanges;
  public @Nullable LivenessTarget watched;

  public Neighbor(RouterId routerId, Ipv4Address address) {
    this.routerId = routerId;
    this.address = address;
  }

  public boolean isAdjacent() {
    return state == NeighborState.FULL;
  }

  /** In Exchange or Loading: it may still ask for any LSA described to it. */
  public boolean isSynchronizing() {
    return state == NeighborState.EXCHANGE || state == NeighborState.LOADING;
  }

  public void clearLists() {
    summaries.clear();
    requests.clear();
    asked.clear();
    unacknowledged.clear();
    lastReceived = null;
    lastSent = null;
  }
}
