package dev.culvert.bgp;

import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.rib.AdjRibIn;
import dev.culvert.bgp.rib.AdjRibOut;
import dev.culvert.bgp.rib.ExportProcess;
import dev.culvert.bgp.rib.ImportProcess;
import dev.culvert.bgp.session.PeerSession;
import dev.culvert.core.liveness.LivenessTarget;
import org.jspecify.annotations.Nullable;

/** One neighbor: its session, its two Adj-RIBs, and what is still to do for them. */
final class Peer {
  final PeerSession session;
  final int index;

  /** It stands in the configuration; others are there for as long as their connection. */
  final boolean configured;

  final AdjRibIn adjRibIn = new AdjRibIn();
  final AdjRibOut adjRibOut = new AdjRibOut();

  /** Both null unless the session is established. */
  @Nullable ImportProcess imports;

  @Nullable ExportProcess exports;

  ExportWork exportWork = ExportWork.CHANGES;
  boolean importAgain;
  boolean endOfRibSent;
  boolean endOfRibReceived;
  boolean overLimit;
  long accepted;
  long active;
  @Nullable LivenessTarget watched;
  boolean livenessUp;

  /** How much of the table the peer is to be compared with at the end of the turn. */
  enum ExportWork {
    /** What changed in this turn. */
    CHANGES,
    /** Everything, sending what differs from what it was told. */
    COMPARE_ALL,
    /** Everything, sending it again. */
    SEND_ALL
  }

  Peer(PeerSession session, int index, boolean configured) {
    this.session = session;
    this.index = index;
    this.configured = configured;
  }

  PeerConfig config() {
    return session.config();
  }

  /** Asks for at least that much. */
  void need(ExportWork work) {
    if (work.compareTo(exportWork) > 0) {
      exportWork = work;
    }
  }
}
