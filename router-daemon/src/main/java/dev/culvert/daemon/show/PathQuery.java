package dev.culvert.daemon.show;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The packet whose path is asked about.
 *
 * @param in by which interface it comes; null: by the one that leads to its source
 */
public record PathQuery(Flow flow, @Nullable InterfaceName in) implements PathWords {
  /** Words that may follow {@code test security path}; each has a value. */
  public static final List<String> WORDS =
      List.of("from", "to", "protocol", "source-port", "destination-port", "in-interface");

  /** The first of those that hosts take for what they begin (RFC 6335 §6). */
  static final int EPHEMERAL_PORT = 49_152;

  private static final int ECHO_REQUEST = 8;
  private static final int ECHO_REQUEST_V6 = 128;
  private static final int HIGHEST_PORT = 65_535;

  /** Reads the words that follow {@code test security path}. */
  public static PathWords parse(List<String> words) {
    Builder query = new Builder();
    Iterator<String> rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      if (!WORDS.contains(word)) {
        return new PathWords.Fault("unexpected '" + word + "'");
      }
      if (!rest.hasNext()) {
        return new PathWords.Fault("'" + word + "' needs a value");
      }
      String value = rest.next();
      if (!query.take(word, value)) {
        return new PathWords.Fault("no " + what(word) + ": " + value);
      }
    }
    return query.build();
  }

  private static String what(String word) {
    return switch (word) {
      case "from", "to" -> "address";
      case "in-interface" -> "interface";
      default -> word;
    };
  }

  private static final class Builder {
    private @Nullable IpAddress from;
    private @Nullable IpAddress to;
    private @Nullable Integer protocol;
    private @Nullable Integer sourcePort;
    private @Nullable Integer destinationPort;
    private @Nullable InterfaceName in;

    /** False if the value makes no sense. */
    boolean take(String word, String value) {
      return switch (word) {
        case "from" -> {
          from = IpAddress.parse(value).orElse(null);
          yield from != null;
        }
        case "to" -> {
          to = IpAddress.parse(value).orElse(null);
          yield to != null;
        }
        case "protocol" -> {
          protocol = FlowProtocols.number(value);
          yield protocol != null;
        }
        case "source-port" -> {
          sourcePort = port(value);
          yield sourcePort != null;
        }
        case "destination-port" -> {
          destinationPort = port(value);
          yield destinationPort != null;
        }
        default -> {
          in = interfaceName(value);
          yield in != null;
        }
      };
    }

    private static @Nullable Integer port(String text) {
      try {
        int port = Integer.parseInt(text);
        return port < 0 || port > HIGHEST_PORT ? null : port;
      } catch (NumberFormatException e) {
        return null;
      }
    }

    private static @Nullable InterfaceName interfaceName(String text) {
      try {
        return InterfaceName.of(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    PathWords build() {
      if (from == null || to == null) {
        return new PathWords.Fault("say from which address to which: from ADDRESS to ADDRESS");
      }
      if (from.family() != to.family()) {
        return new PathWords.Fault(from + " and " + to + " are of different families");
      }
      boolean withPorts = sourcePort != null || destinationPort != null;
      boolean v6 = from.family() == AddressFamily.INET6;
      int icmp = v6 ? ServiceMatch.ICMPV6 : ServiceMatch.ICMP;
      int number = protocol != null ? protocol : withPorts ? ServiceMatch.TCP : icmp;
      if (number == ServiceMatch.ICMP || number == ServiceMatch.ICMPV6) {
        int type = v6 ? ECHO_REQUEST_V6 : ECHO_REQUEST;
        return withPorts
            ? new PathWords.Fault("icmp has no ports")
            : new PathQuery(Flow.icmp(from, to, icmp, type, 0, 1), in);
      }
      if (!ServiceMatch.hasPorts(number)) {
        return withPorts
            ? new PathWords.Fault(FlowProtocols.name(number) + " has no ports")
            : new PathQuery(Flow.of(from, to, number), in);
      }
      if (destinationPort == null) {
        return new PathWords.Fault("say to which destination-port");
      }
      int source = sourcePort == null ? EPHEMERAL_PORT : sourcePort;
      return new PathQuery(new Flow(from, to, number, source, destinationPort), in);
    }
  }
}
