package dev.culvert.bfd;

import dev.culvert.bfd.operational.BfdSessionStatus;
import java.time.Duration;
import java.util.List;

/** Makes the operational record of a session. */
final class SessionView {
  private SessionView() {}

  static BfdSessionStatus of(Session session) {
    long interval = session.transmitInterval();
    return new BfdSessionStatus(
        session.key.interfaceName(),
        session.key.neighbor(),
        List.copyOf(session.targets.sequencedKeySet()),
        session.sessionState,
        session.remoteSessionState,
        Duration.ofNanos(session.detectionTime()),
        interval == Session.NEVER ? Duration.ZERO : Duration.ofNanos(interval),
        session.detectMult,
        Nanos.toInstant(session.stateSince),
        session.previousUpNanos < 0 ? null : Duration.ofNanos(session.previousUpNanos),
        session.localDiag,
        session.remoteDiag,
        Duration.ofNanos(session.desiredMinTx),
        Duration.ofNanos(session.requiredMinRx),
        Duration.ofNanos(session.remoteMinTx),
        Duration.ofNanos(session.remoteMinRx),
        session.remoteDetectMult,
        Integer.toUnsignedLong(session.localDiscr),
        Integer.toUnsignedLong(session.remoteDiscr),
        session.remoteControlPlaneIndependent,
        session.polling,
        session.packetsSent,
        session.packetsReceived,
        session.transitionsToUp,
        session.failures);
  }
}
