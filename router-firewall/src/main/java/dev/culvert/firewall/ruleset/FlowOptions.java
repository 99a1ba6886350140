package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.application.Alg;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code security flow} and {@code security alg}.
 *
 * @param allTcpMss most the MSS of any TCP connection may be; 0 to leave it
 * @param greInMss of what comes out of a GRE tunnel; 0 to leave it
 * @param greOutMss of what goes into one; 0 to leave it
 * @param synCheck a TCP session begins with a SYN
 * @param synCheckInTunnel also where it comes in by a secure tunnel
 * @param strictSynCheck the SYN carries no data
 * @param sequenceCheck segments outside the window belong to no session
 * @param rstInvalidatesSession a session ends with its reset at once
 * @param finInvalidatesSession a session ends with its first FIN at once
 * @param initialTimeout of a TCP session until it is established; null for the kernel's
 * @param timeWaitTimeout of a TCP session in TIME-WAIT; null for the kernel's
 * @param allowDnsReply DNS answers to no question pass policies like any first packet
 * @param disabledAlgs whose gateways do not look into anything
 */
public record FlowOptions(
    int allTcpMss,
    int greInMss,
    int greOutMss,
    boolean synCheck,
    boolean synCheckInTunnel,
    boolean strictSynCheck,
    boolean sequenceCheck,
    boolean rstInvalidatesSession,
    boolean finInvalidatesSession,
    @Nullable Duration initialTimeout,
    @Nullable Duration timeWaitTimeout,
    boolean allowDnsReply,
    Set<Alg> disabledAlgs) {
  /** What holds where {@code security flow} says nothing, as on Junos. */
  public static final FlowOptions DEFAULT =
      new FlowOptions(0, 0, 0, true, true, false, true, false, false, null, null, false, Set.of());

  public FlowOptions {
    EnumSet<Alg> sorted = EnumSet.noneOf(Alg.class);
    sorted.addAll(disabledAlgs);
    disabledAlgs = Collections.unmodifiableSet(sorted);
  }

  public FlowOptions withDisabledAlgs(Set<Alg> others) {
    return new FlowOptions(
        allTcpMss,
        greInMss,
        greOutMss,
        synCheck,
        synCheckInTunnel,
        strictSynCheck,
        sequenceCheck,
        rstInvalidatesSession,
        finInvalidatesSession,
        initialTimeout,
        timeWaitTimeout,
        allowDnsReply,
        others);
  }
}
