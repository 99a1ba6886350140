package dev.culvert.daemon.show;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.application.Application;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionFilter;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions an operator means, and how much of them is to be seen.
 *
 * @param interfaceName by which the packets of either side come; null for any
 * @param application name of one; null for any
 * @param identifier of the one session; null for any
 * @param policy index of the policy that let them in; null for any
 * @param translatedOnly sessions of which NAT changes an address or a port
 * @param everything {@code all} was said, or at least one filter
 */
public record FlowSessionQuery(
    Depth depth,
    SessionFilter filter,
    @Nullable InterfaceName interfaceName,
    @Nullable String application,
    @Nullable Long identifier,
    @Nullable Integer policy,
    boolean translatedOnly,
    boolean everything)
    implements FlowSessionWords {
  /** How much is shown. */
  public enum Depth {
    SUMMARY,
    BRIEF,
    EXTENSIVE
  }

  /** Words that may follow {@code clear security flow session}; each but the first has a value. */
  public static final List<String> FILTERS =
      List.of(
          "application",
          "destination-port",
          "destination-prefix",
          "family",
          "interface",
          "policy-id",
          "protocol",
          "session-identifier",
          "source-port",
          "source-prefix");

  /** Reads the words that follow {@code show} or {@code clear security flow session}. */
  public static FlowSessionWords parse(List<String> words) {
    Builder query = new Builder();
    Iterator<String> rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      boolean isFilter = FILTERS.contains(word);
      if (isFilter && !rest.hasNext()) {
        return new FlowSessionWords.Fault("'" + word + "' needs a value");
      }
      String value = isFilter ? rest.next() : "";
      if (!query.take(word, value)) {
        return new FlowSessionWords.Fault(
            isFilter ? "no " + word + ": " + value : "unexpected '" + word + "'");
      }
    }
    return query.build();
  }

  /** What the kernel's filter does not see to. */
  Predicate<Session> test(FlowNames names) {
    List<Application> applications =
        application == null ? List.of() : names.applications(application);
    String wanted = interfaceName == null ? null : interfaceName.toString();
    return session ->
        (identifier == null || identifier == session.id())
            && (policy == null || policy == FlowNames.policyIndex(session))
            && (!translatedOnly || isTranslated(session))
            && (application == null
                || applications.stream().anyMatch(a -> FlowNames.isOf(a, session)))
            && (wanted == null
                || wanted.equals(names.in(session))
                || wanted.equals(names.out(session)));
  }

  /** One line for the operator if what is asked for cannot be told. */
  public @Nullable String fault(FlowNames names) {
    return application != null && names.applications(application).isEmpty()
        ? "no policy matches by application " + application
        : null;
  }

  static boolean isTranslated(Session session) {
    return session.status().isSourceTranslated() || session.status().isDestinationTranslated();
  }

  private static final class Builder {
    private Depth depth = Depth.BRIEF;
    private @Nullable AddressFamily family;
    private @Nullable IpPrefix source;
    private @Nullable IpPrefix destination;
    private @Nullable Integer protocol;
    private @Nullable Integer sourcePort;
    private @Nullable Integer destinationPort;
    private @Nullable InterfaceName interfaceName;
    private @Nullable String application;
    private @Nullable Long identifier;
    private @Nullable Integer policy;
    private boolean translatedOnly;
    private boolean everything;

    /** False if the word or its value makes no sense. */
    boolean take(String word, String value) {
      everything |= FILTERS.contains(word) || word.equals("all") || word.equals("nat");
      return switch (word) {
        case "all", "brief" -> true;
        case "summary" -> {
          depth = Depth.SUMMARY;
          yield true;
        }
        case "extensive" -> {
          depth = Depth.EXTENSIVE;
          yield true;
        }
        case "nat" -> {
          translatedOnly = true;
          yield true;
        }
        case "application" -> {
          application = value;
          yield true;
        }
        case "interface" -> {
          interfaceName = interfaceName(value);
          yield interfaceName != null;
        }
        case "family" -> {
          family = family(value);
          yield family != null;
        }
        case "source-prefix" -> {
          source = prefix(value);
          yield source != null;
        }
        case "destination-prefix" -> {
          destination = prefix(value);
          yield destination != null;
        }
        case "protocol" -> {
          protocol = FlowProtocols.number(value);
          yield protocol != null;
        }
        case "source-port" -> {
          sourcePort = number(value, 65_535);
          yield sourcePort != null;
        }
        case "destination-port" -> {
          destinationPort = number(value, 65_535);
          yield destinationPort != null;
        }
        case "policy-id" -> {
          policy = number(value, Integer.MAX_VALUE);
          yield policy != null;
        }
        case "session-identifier" -> {
          identifier = longNumber(value);
          yield identifier != null;
        }
        default -> false;
      };
    }

    FlowSessionQuery build() {
      SessionFilter filter =
          new SessionFilter(family, source, destination, protocol, sourcePort, destinationPort);
      return new FlowSessionQuery(
          depth,
          filter,
          interfaceName,
          application,
          identifier,
          policy,
          translatedOnly,
          everything);
    }

    private static @Nullable InterfaceName interfaceName(String text) {
      try {
        return InterfaceName.of(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    private static @Nullable AddressFamily family(String text) {
      return switch (text) {
        case "inet" -> AddressFamily.INET;
        case "inet6" -> AddressFamily.INET6;
        default -> null;
      };
    }

    /** A prefix, or an address for its host prefix. */
    private static @Nullable IpPrefix prefix(String text) {
      Optional<IpPrefix> prefix = IpPrefix.parse(text);
      return prefix.or(() -> IpAddress.parse(text).map(IpPrefix::host)).orElse(null);
    }

    private static @Nullable Integer number(String text, int most) {
      Long number = longNumber(text);
      return number == null || number > most ? null : number.intValue();
    }

    private static @Nullable Long longNumber(String text) {
      try {
        long number = Long.parseLong(text);
        return number < 0 ? null : number;
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }
}
