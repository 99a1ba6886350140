package dev.culvert.daemon.command;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import dev.culvert.daemon.show.RouteShow;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which routes {@code show route} is to print, and how much of each. */
sealed interface RouteQuery {
  List<String> OPTIONS =
      List.of(
          "<prefix>",
          "active-path",
          "best",
          "brief",
          "detail",
          "exact",
          "extensive",
          "hidden",
          "protocol <protocol>",
          "table <table>",
          "terse");

  /** Which destinations a prefix stands for. */
  enum Match {
    WITHIN,
    /** The longest that covers it. */
    BEST,
    EXACT
  }

  /** One line for the operator. */
  record Fault(String text) implements RouteQuery {}

  /**
   * @param address the route to it is asked for
   * @param prefix see match
   */
  record Asked(
      RouteShow.Depth depth,
      Match match,
      @Nullable IpAddress address,
      @Nullable IpPrefix prefix,
      @Nullable String protocol,
      @Nullable String table,
      boolean activeOnly,
      boolean hiddenOnly)
      implements RouteQuery {
    boolean concerns(AddressFamily family) {
      return (table == null || table.equals(TableId.of(family).toString()))
          && (address == null || address.family() == family)
          && (prefix == null || prefix.family() == family);
    }

    /** Of these entries the candidates that are asked for. */
    List<RouteEntry> of(List<RouteEntry> entries) {
      if (protocol == null && !activeOnly && !hiddenOnly) {
        return entries;
      }
      Predicate<RouteEntry.Candidate> asked =
          c ->
              (protocol == null || c.route().protocol().junosName().equalsIgnoreCase(protocol))
                  && (!activeOnly || c.active())
                  && (!hiddenOnly || c.hiddenReason() != null);
      return entries.stream()
          .map(e -> new RouteEntry(e.prefix(), e.candidates().stream().filter(asked).toList()))
          .filter(e -> !e.candidates().isEmpty())
          .toList();
    }
  }

  /** From the words behind {@code show route}. */
  static RouteQuery of(List<String> arguments) {
    RouteShow.Depth depth = RouteShow.Depth.BRIEF;
    Match match = Match.WITHIN;
    boolean activeOnly = false;
    boolean hiddenOnly = false;
    @Nullable String protocol = null;
    @Nullable String table = null;
    @Nullable String destination = null;
    Iterator<String> words = arguments.iterator();
    while (words.hasNext()) {
      String word = words.next();
      switch (word) {
        case "brief" -> depth = RouteShow.Depth.BRIEF;
        case "terse" -> depth = RouteShow.Depth.TERSE;
        case "detail", "extensive" -> depth = RouteShow.Depth.DETAIL;
        case "active-path" -> activeOnly = true;
        case "hidden" -> hiddenOnly = true;
        case "exact" -> match = Match.EXACT;
        case "best" -> match = Match.BEST;
        case "protocol", "table" -> {
          if (!words.hasNext()) {
            return new Fault("'" + word + "' needs a name");
          }
          if (word.equals("protocol")) {
            protocol = words.next();
          } else {
            table = words.next();
          }
        }
        default -> {
          if (destination != null) {
            return new Fault("unexpected '" + word + "'");
          }
          destination = word;
        }
      }
    }
    if (protocol != null && !isProtocol(protocol)) {
      return new Fault("no such protocol: " + protocol);
    }
    if (table != null && !isTable(table)) {
      return new Fault("no such table: " + table);
    }
    if (destination == null) {
      return match == Match.WITHIN
          ? new Asked(depth, match, null, null, protocol, table, activeOnly, hiddenOnly)
          : new Fault("'exact' and 'best' need a destination");
    }
    @Nullable IpAddress address = IpAddress.parse(destination).orElse(null);
    @Nullable IpPrefix prefix = address == null ? IpPrefix.parse(destination).orElse(null) : null;
    if (address != null && match == Match.EXACT) {
      // Of an address alone Junos takes its whole length.
      prefix = IpPrefix.host(address);
      address = null;
    }
    return address == null && prefix == null
        ? new Fault("'" + destination + "' is neither an address nor a prefix")
        : new Asked(depth, match, address, prefix, protocol, table, activeOnly, hiddenOnly);
  }

  private static boolean isProtocol(String name) {
    return Arrays.stream(RouteProtocol.values())
        .anyMatch(p -> p.junosName().equalsIgnoreCase(name));
  }

  private static boolean isTable(String name) {
    return Arrays.stream(AddressFamily.values())
        .anyMatch(family -> TableId.of(family).toString().equals(name));
  }
}
