package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.InterfaceName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A security zone, or the functional zone for management.
 *
 * @param interfaces each in one zone at most
 * @param allInterfaces {@code interfaces all}: also every interface that no zone names
 * @param hostInbound for interfaces that say nothing themselves
 * @param tcpRst answer a TCP segment that belongs to no session and begins none with a reset
 * @param screen what is looked at first in all that comes in, or null
 */
public record Zone(
    String name,
    Kind kind,
    @Nullable String description,
    List<Member> interfaces,
    boolean allInterfaces,
    HostInbound hostInbound,
    boolean tcpRst,
    @Nullable Screen screen) {
  public enum Kind {
    SECURITY,
    /** Reaches the router only; nothing is forwarded from or to it. */
    MANAGEMENT
  }

  /**
   * An interface of a zone.
   *
   * @param hostInbound its own or else the zone's
   */
  public record Member(InterfaceName name, HostInbound hostInbound) {}

  public Zone {
    interfaces = List.copyOf(interfaces);
  }
}
