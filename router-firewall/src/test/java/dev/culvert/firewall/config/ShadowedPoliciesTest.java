package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShadowedPoliciesTest {
  private static final String BASE =
      """
      set security zones security-zone a tcp-rst
      set security zones security-zone b tcp-rst
      set security address-book global address net 10.0.0.0/8
      set security address-book global address part 10.1.0.0/16
      set security address-book global address host 10.1.1.1
      set security address-book global address far 192.0.2.0/24
      set security address-book global address name dns-name www.example.com
      set security address-book global address-set both address part
      set security address-book global address-set both address far
      set schedulers scheduler s daily start-time 08:00 stop-time 09:00
      """;

  private static final List<String> ADDRESSES =
      List.of("any", "any-ipv4", "net", "part", "host", "far", "both");
  private static final List<String> APPLICATIONS =
      List.of("any", "junos-ssh", "junos-http", "junos-tcp-any", "junos-ping", "junos-cifs");

  @ParameterizedTest
  @CsvSource({
    "net any junos-ssh, part any junos-ssh, true",
    "part any junos-ssh, net any junos-ssh, false",
    "net any junos-tcp-any, part any junos-ssh, true",
    "net any junos-ssh, part any junos-tcp-any, false",
    "both any any, host far junos-ping, true",
    "part any any, both any any, false",
    // What names stand for may change, and so may the time of day.
    "name any any, name any any, false",
    "any any any, name any any, false",
  })
  void isWarnedOfWhereAnEarlierPolicyMatchesAllThatItDoes(
      String first, String second, boolean warned) {
    List<String> messages = Bound.of(BASE + policy("p", first) + policy("q", second)).messages();
    assertThat(messages).hasSize(warned ? 1 : 0);
  }

  @Test
  void aPolicyThatHoldsAtTimesHidesNoOther() {
    String text = BASE + policy("p", "any any any") + policy("q", "net any junos-ssh");
    assertThat(Bound.of(text).messages()).hasSize(1);
    String timed = text + "set security policies from-zone a to-zone b policy p scheduler-name s\n";
    assertThat(Bound.of(timed).messages()).isEmpty();
  }

  @Test
  void aGlobalPolicyHidesThoseOfItsZonesAlone() {
    String p = global("p", "any any any") + "set security policies global policy p match ";
    assertThat(Bound.of(BASE + p + "from-zone a\n" + global("q", "net any any")).messages())
        .isEmpty();
    assertThat(
            Bound.of(
                    BASE
                        + p
                        + "from-zone [ a b ]\n"
                        + global("q", "net any any")
                        + "set security policies global policy q match from-zone a\n")
                .messages())
        .hasSize(1);
  }

  /** What is found is what a comparison of all with all finds. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void asManyAreFoundAsByComparingAll(long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(BASE);
    for (int i = 0; i < 30; i++) {
      text.append(
          policy(
              "p" + i,
              pick(ADDRESSES, random)
                  + " "
                  + pick(ADDRESSES, random)
                  + " "
                  + pick(APPLICATIONS, random)));
    }
    Bound bound = Bound.of(text.toString());
    List<Policy> policies = bound.config().ruleset().policies().all();
    Set<String> expected = new TreeSet<>();
    for (int later = 0; later < policies.size(); later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        if (covers(policies.get(earlier), policies.get(later))) {
          expected.add(policies.get(later).name());
        }
      }
    }
    List<String> found = new ArrayList<>();
    bound.findings().forEach(f -> found.add(f.path().substring(f.path().lastIndexOf(' ') + 1)));
    assertThat(found).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static boolean covers(Policy earlier, Policy later) {
    AddressSet source = later.source().effective();
    AddressSet destination = later.destination().effective();
    return earlier.source().effective().covers(source)
        && earlier.destination().effective().covers(destination)
        && services(later).stream()
            .allMatch(s -> services(earlier).stream().anyMatch(e -> e.covers(s)));
  }

  private static List<ServiceMatch> services(Policy policy) {
    return policy.applications().stream()
        .flatMap(a -> a.terms().stream())
        .map(t -> t.match())
        .toList();
  }

  private static String pick(List<String> words, Random random) {
    return words.get(random.nextInt(words.size()));
  }

  private static String policy(String name, String match) {
    return lines("set security policies from-zone a to-zone b policy " + name + " ", match);
  }

  private static String global(String name, String match) {
    return lines("set security policies global policy " + name + " ", match);
  }

  private static String lines(String policy, String match) {
    List<String> words = List.of(match.split(" ", -1));
    return policy
        + "match source-address "
        + words.get(0)
        + "\n"
        + policy
        + "match destination-address "
        + words.get(1)
        + "\n"
        + policy
        + "match application "
        + words.get(2)
        + "\n"
        + policy
        + "then permit\n";
  }
}
