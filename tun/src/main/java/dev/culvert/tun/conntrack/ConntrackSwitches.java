package dev.culvert.tun.conntrack;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How connection tracking works in a network namespace; {@link ConntrackSysctl} sets it.
 *
 * @param accounting sessions count packets and octets
 * @param timestamps sessions know when they began
 * @param events sessions tell of their beginning and end even if nobody listened when they began
 * @param liberalWindows TCP segments outside the window belong to their session all the same
 * @param loosePickup a TCP session may begin with a segment that is no SYN
 * @param initialTimeout of a TCP session until it is established; null to leave the kernel's
 * @param timeWaitTimeout of a TCP session in TIME-WAIT; null to leave the kernel's
 */
public record ConntrackSwitches(
    boolean accounting,
    boolean timestamps,
    boolean events,
    boolean liberalWindows,
    boolean loosePickup,
    @Nullable Duration initialTimeout,
    @Nullable Duration timeWaitTimeout) {}
