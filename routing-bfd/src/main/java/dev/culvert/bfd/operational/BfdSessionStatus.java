package dev.culvert.bfd.operational;

import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line, or with {@code detail} one paragraph, of {@code show bfd session}.
 *
 * @param targets whose clients share the session
 * @param detectionTime how long silence is borne; zero before the peer was heard
 * @param transmitInterval between our packets, before jitter
 * @param stateSince when the session came up, or left Up
 * @param previousUpTime how long it was up the last time, or null
 */
public record BfdSessionStatus(
    InterfaceName interfaceName,
    IpAddress neighbor,
    List<LivenessTarget> targets,
    BfdState state,
    BfdState remoteState,
    Duration detectionTime,
    Duration transmitInterval,
    int multiplier,
    Instant stateSince,
    @Nullable Duration previousUpTime,
    BfdDiagnostic localDiagnostic,
    BfdDiagnostic remoteDiagnostic,
    Duration localMinTransmit,
    Duration localMinReceive,
    Duration remoteMinTransmit,
    Duration remoteMinReceive,
    int remoteMultiplier,
    long localDiscriminator,
    long remoteDiscriminator,
    boolean remoteControlPlaneIndependent,
    boolean polling,
    long packetsSent,
    long packetsReceived,
    long transitionsToUp,
    long failures) {
  public BfdSessionStatus {
    targets = List.copyOf(targets);
  }
}
