package dev.culvert.ipsec.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Who may be the peer of a {@code dynamic} gateway, which anybody may call from any address.
 *
 * @param connectionsLimit of tunnels at a time; 0: none of its own
 * @param rejectDuplicateConnection whoever is connected keeps the connection; else the one that
 *     comes later takes it over
 */
public record DynamicPeers(Who who, int connectionsLimit, boolean rejectDuplicateConnection) {
  public static final DynamicPeers ONE = new DynamicPeers(Who.ONE, 0, false);

  /** By which identities, and how many of them at a time. */
  public enum Who {
    /** The one with the identity that is configured. */
    ONE,
    /** {@code ike-user-type group-ike-id}: each with a name below the configured one. */
    GROUP,
    /** {@code ike-user-type shared-ike-id}: all that have the configured identity. */
    SHARED,
    /** {@code general-ikeid}: whatever identity they have. */
    ANYONE
  }

  /** One configuration, a tunnel to each that comes. */
  public boolean areMany() {
    return who != Who.ONE;
  }

  /**
   * The groups that an identity may be of: its domain, and each domain above that; none where it is
   * no name. A name has at most 127 labels, so there are never more.
   */
  public static List<IkeIdentity> groupsOf(IkeIdentity member) {
    return switch (member) {
      case IkeIdentity.Hostname(String name) -> {
        List<IkeIdentity> groups = new ArrayList<>();
        String domain = name.toLowerCase(Locale.ROOT);
        while (!domain.isEmpty()) {
          groups.add(new IkeIdentity.Hostname(domain));
          int dot = domain.indexOf('.');
          domain = dot < 0 ? "" : domain.substring(dot + 1);
        }
        yield groups;
      }
      case IkeIdentity.UserAtHostname user -> List.of(group(user));
      case IkeIdentity.Inet inet -> List.of();
      case IkeIdentity.Other other -> List.of();
    };
  }

  /** What a group is known by: its domain. */
  public static IkeIdentity group(IkeIdentity configured) {
    return switch (configured) {
      case IkeIdentity.Hostname(String name) ->
          new IkeIdentity.Hostname(name.toLowerCase(Locale.ROOT));
      case IkeIdentity.UserAtHostname(String name) ->
          new IkeIdentity.UserAtHostname(
              name.substring(name.lastIndexOf('@')).toLowerCase(Locale.ROOT));
      case IkeIdentity.Inet inet -> inet;
      case IkeIdentity.Other other -> other;
    };
  }
}
