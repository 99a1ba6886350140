package dev.culvert.firewall.config;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics.Severity;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No statement of zones, policies, address books, applications and schedulers is accepted and
 * ignored: for each leaf there are two values that mean different things.
 */
class EveryPolicyStatementHasAnEffectTest {
  private static final String BASE =
      """
      set security screen ids-option one tcp land
      set security screen ids-option two tcp syn-fin
      set security zones functional-zone management interfaces eth9.0
      set security zones security-zone a interfaces eth0.0
      set security zones security-zone b interfaces eth1.0
      set security address-book global address one 10.0.0.0/8
      set security address-book global address two 192.0.2.0/24
      set security address-book global address-set set address one
      set security address-book global address-set one-more address two
      set security address-book global address-set two-more address one
      set security address-book own attach zone c
      set security zones security-zone c tcp-rst
      set security zones security-zone d tcp-rst
      set security address-book own address x 10.9.0.0/16
      set applications application app protocol tcp
      set applications application other protocol udp
      set applications application terms term t protocol tcp
      set applications application-set set application app
      set applications application-set one application junos-http
      set applications application-set two application junos-https
      set schedulers scheduler s daily start-time 08:00 stop-time 09:00
      set schedulers scheduler one daily all-day
      set schedulers scheduler two daily all-day
      set security policies from-zone a to-zone b policy p match source-address any
      set security policies from-zone a to-zone b policy p match destination-address one
      set security policies from-zone a to-zone b policy p match application app
      set security policies from-zone a to-zone b policy p match application terms
      set security policies from-zone a to-zone b policy p match application set
      set security policies from-zone a to-zone b policy p then permit
      set security policies global policy g match source-address one
      set security policies global policy g match destination-address one
      set security policies global policy g match application junos-ssh
      set security policies global policy g then permit
      """;

  private static final String BOOK = "security address-book global ";

  /** The key of each statement that has one and members, by its keywords. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          entry("security zones functional-zone", "management"),
          entry("security zones functional-zone interfaces NAME", "eth9.0"),
          entry("security zones security-zone", "a"),
          entry("security zones security-zone interfaces NAME", "eth0.0"),
          entry("security zones security-zone address-book address", "y"),
          entry("security zones security-zone address-book address-set", "set"),
          entry("security address-book", "global"),
          entry("security address-book address", "new"),
          entry("security address-book address-set", "set"),
          entry("security policies from-zone", "a"),
          entry("security policies from-zone to-zone", "b"),
          entry("security policies from-zone to-zone policy", "p"),
          entry("security policies global policy", "g"),
          entry("applications application", "app"),
          entry("applications application term", "t"),
          entry("applications application-set", "set"),
          entry("schedulers scheduler", "s"),
          entry("schedulers scheduler start-date", "2026-01-01.00:00"));

  /** Keys of statements that stand in several places, by the end of their path. */
  private static final Map<String, String> KEYS_AT_END =
      Map.of(
          " system-services NAME", "ssh",
          " protocols NAME", "bgp",
          " dns-name", "www.example.com",
          " range-address", "10.0.0.1",
          " address-range", "10.0.0.1",
          " start-time", "10:00");

  /** Two values, by the end of the statement's path; the first that fits. */
  private static final List<Map.Entry<String, List<String>>> VALUES =
      List.of(
          entry(" description", List.of("text", "other")),
          entry(" screen", List.of("one", "two")),
          entry(" range-address to NAME", List.of("10.0.0.7", "10.0.0.8")),
          entry(" address-range to NAME", List.of("10.0.0.7", "10.0.0.8")),
          entry(" wildcard-address", List.of("10.0.1.0/255.0.255.0", "10.0.2.0/255.0.255.0")),
          entry(" dns-query-interval", List.of("60", "61")),
          entry(" address NAME", List.of("10.7.0.0/16", "10.8.0.0/16")),
          entry(" attach zone", List.of("a", "b")),
          entry(" address-set address-set", List.of("one-more", "two-more")),
          entry(" address-set address", List.of("two", "one")),
          entry(" application-set application-set", List.of("one", "two")),
          entry(" application-set application", List.of("junos-http", "junos-https")),
          entry(" match from-zone", List.of("a", "b")),
          entry(" match to-zone", List.of("a", "b")),
          entry(" match source-address", List.of("two", "any-ipv6")),
          entry(" match destination-address", List.of("two", "any-ipv6")),
          entry(" match application", List.of("junos-http", "junos-https")),
          entry(" scheduler-name", List.of("one", "two")),
          entry("-tcp-mss", List.of("1300", "1400")),
          entry(" application-protocol", List.of("ftp", "ignore")),
          entry(" alg", List.of("ftp", "pptp")),
          entry(" protocol", List.of("udp", "47")),
          entry("-port", List.of("http", "1024-2000")),
          entry(" icmp-type", List.of("echo-reply", "echo-request")),
          entry(" icmp-code", List.of("0", "1")),
          entry(" icmp6-type", List.of("echo-reply", "echo-request")),
          entry(" icmp6-code", List.of("0", "1")),
          entry(" inactivity-timeout", List.of("never", "60")),
          entry(" stop-date", List.of("2026-02-01.00:00", "2026-03-01.00:00")),
          entry(" stop-time", List.of("11:00", "12:00")));

  /** Text for whoever reads the configuration, of things that no command shows. */
  private static final Set<String> FOR_PEOPLE =
      Set.of("applications application description", "applications application-set description");

  private record Statement(String path, String set, SchemaNode schema) {
    @Override
    public String toString() {
      return path;
    }
  }

  @ParameterizedTest
  @MethodSource("statements")
  void hasAnEffect(Statement statement) {
    String beside = beside(statement.path());
    List<String> readings =
        statement.schema() instanceof SchemaNode.Flag
                || statement.schema() instanceof SchemaNode.Container
            ? List.of(beside, beside + without(statement) + statement.set())
            : values(statement).stream()
                .map(value -> beside + statement.set() + " " + value)
                .toList();
    boolean same = config(readings.getFirst()).equals(config(readings.getLast()));
    assertThat(same).as("%s", readings).isEqualTo(FOR_PEOPLE.contains(statement.path()));
  }

  @Test
  void thereAreManyOfThem() {
    assertThat(statements()).hasSizeGreaterThan(110);
  }

  /** What else a statement needs to stand. */
  private static String beside(String path) {
    if (path.startsWith("security zones security-zone address-book")) {
      return """
      delete security address-book global
      delete security address-book own
      delete security policies
      set security zones security-zone a address-book address one 10.0.0.0/8
      set security zones security-zone a address-book address two 192.0.2.0/24
      set security zones security-zone a address-book address-set set address one
      set security zones security-zone a address-book address-set one-more address two
      set security zones security-zone a address-book address-set two-more address one
      """
          + besideAddress(path, "security zones security-zone a address-book address y ");
    }
    if (path.startsWith("security address-book address ")) {
      return besideAddress(path, BOOK + "address new ");
    }
    if (path.endsWith("NAME except")) {
      String list = path.contains("system-services") ? "system-services" : "protocols";
      String zone = path.contains("functional") ? "functional-zone management" : "security-zone a";
      String eth = path.contains("functional") ? "eth9.0" : "eth0.0";
      String place = path.contains(" interfaces ") ? " interfaces " + eth : "";
      return "set security zones " + zone + place + " host-inbound-traffic " + list + " all\n";
    }
    if (path.contains("-address-excluded") && path.contains("from-zone")) {
      return "delete security policies from-zone a to-zone b policy p match source-address\n"
          + "set security policies from-zone a to-zone b policy p match source-address one\n";
    }
    return path.startsWith("applications ") ? besideApplication(path) : besideScheduler(path);
  }

  private static String besideAddress(String path, String address) {
    String set = "set " + address;
    if (path.endsWith(" description")) {
      return set + "10.0.0.1/32\n";
    }
    return "";
  }

  private static String besideApplication(String path) {
    String application =
        "set applications application "
            + (path.contains(" term ") ? "terms term t " : "app ")
            + "protocol ";
    if (path.contains("icmp6")) {
      return application
          + "icmp6\n"
          + (path.endsWith("code") ? application.replace("protocol", "icmp6-type") + "1\n" : "");
    }
    if (path.contains("icmp")) {
      return application
          + "icmp\n"
          + (path.endsWith("code") ? application.replace("protocol", "icmp-type") + "3\n" : "");
    }
    return "";
  }

  private static String besideScheduler(String path) {
    return path.matches("schedulers scheduler daily (exclude|all-day)")
        ? "delete schedulers scheduler s daily\nset schedulers scheduler s monday all-day\n"
        : "";
  }

  /** A policy does one thing alone. */
  private static String without(Statement statement) {
    boolean action = statement.path().matches("security policies .*then (deny|reject)");
    String then = statement.set().substring(0, statement.set().lastIndexOf(' '));
    return action ? then.replaceFirst("^set", "delete") + " permit\n" : "";
  }

  private static List<String> values(Statement statement) {
    ValueType<?> type = typeOf(statement.schema());
    for (Map.Entry<String, List<String>> values : VALUES) {
      if (statement.path().endsWith(values.getKey())) {
        return values.getValue();
      }
    }
    assertThat(type.words()).as("values for %s", statement).hasSizeGreaterThan(1);
    return List.of(type.words().getFirst(), type.words().getLast());
  }

  private static ValueType<?> typeOf(SchemaNode schema) {
    return switch (schema) {
      case SchemaNode.Leaf leaf -> leaf.value();
      case SchemaNode.LeafList list -> list.value();
      case SchemaNode.Keyed keyed -> keyed.key();
      default -> throw new IllegalStateException(schema.keyword() + " has no value");
    };
  }

  private static FirewallConfig config(String lines) {
    Bound bound = Bound.of(BASE + lines + "\n");
    assertThat(bound.findings()).as(lines).noneMatch(f -> f.severity() == Severity.ERROR);
    return bound.config();
  }

  static Stream<Statement> statements() {
    List<Statement> found = new ArrayList<>();
    for (SchemaNode top : Bound.schema().members()) {
      if (!top.keyword().equals("security")) {
        collect(top, "", "set", found);
        continue;
      }
      for (SchemaNode part : top.members()) {
        if (List.of("zones", "policies", "address-book").contains(part.keyword())) {
          collect(part, "security", "set security", found);
        }
      }
    }
    return found.stream();
  }

  private static void collect(
      SchemaNode schema, String outer, String outerSet, List<Statement> found) {
    String name = schema.keyword().isEmpty() ? "NAME" : schema.keyword();
    String path = outer.isEmpty() ? name : outer + " " + name;
    String set = schema.keyword().isEmpty() ? outerSet : outerSet + " " + schema.keyword();
    if (schema.members().isEmpty()) {
      // The global book is not attached.
      String own = path.contains("attach") ? set.replace("global", "own") : set;
      found.add(new Statement(path, own, schema));
      return;
    }
    String inner = set;
    if (schema instanceof SchemaNode.Keyed) {
      inner = set + " " + key(path);
      // An application has either terms or a match of its own.
      inner = inner.replace("application app term t", "application terms term t");
    }
    for (SchemaNode member : schema.members()) {
      collect(member, path, inner, found);
    }
  }

  private static String key(String path) {
    String key = KEYS.get(path);
    for (Map.Entry<String, String> end : KEYS_AT_END.entrySet()) {
      key = key == null && path.endsWith(end.getKey()) ? end.getValue() : key;
    }
    assertThat(key).as("a key of %s", path).isNotNull();
    return key;
  }
}
