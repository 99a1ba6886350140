package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.application.Application;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A security policy. Of the policies of a context the first that matches decides.
 *
 * @param index names the policy in connection marks, 1 to {@link #MAX_INDEX}; it stays the same
 *     from one configuration to the next
 * @param applications any of them; at least one
 * @param log whether a session's begin and end are logged
 * @param schedulerName null: always
 * @param active false while its scheduler says so: then it matches nothing
 */
public record Policy(
    int index,
    PolicyContext context,
    String name,
    @Nullable String description,
    AddressMatch source,
    AddressMatch destination,
    List<Application> applications,
    Action action,
    Log log,
    boolean count,
    TcpOptions tcpOptions,
    @Nullable String schedulerName,
    boolean active) {
  /** The upper bits of a connection mark are left for what comes. */
  public static final int MAX_INDEX = 0x00ff_ffff;

  /** What marks the sessions that no policy has let in but the default. */
  public static final int DEFAULT_INDEX = MAX_INDEX + 1;

  public enum Action {
    PERMIT,
    DENY,
    /** Deny, and say so: a TCP reset, or ICMP "administratively prohibited". */
    REJECT
  }

  public record Log(boolean sessionInit, boolean sessionClose) {
    public static final Log NONE = new Log(false, false);
  }

  /**
   * @param initialMss most the TCP MSS may be in the direction of the first packet; 0 to leave it
   * @param reverseMss likewise in the other
   */
  public record TcpOptions(
      int initialMss, int reverseMss, boolean synCheckRequired, boolean sequenceCheckRequired) {
    public static final TcpOptions NONE = new TcpOptions(0, 0, false, false);
  }

  public Policy {
    applications = List.copyOf(applications);
    if (index < 1 || index > MAX_INDEX) {
      throw new IllegalArgumentException("policy index " + index);
    }
  }
}
