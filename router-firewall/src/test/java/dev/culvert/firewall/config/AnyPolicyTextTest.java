package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the whole schema of the firewall allows, sense or nonsense, is bound without a fault of
 * ours, and means the same when it is printed and read again.
 */
class AnyPolicyTextTest {
  private static final int TEXTS = 100;
  private static final int LINES = 60;

  private static final Map<String, List<String>> WORDS =
      Map.ofEntries(
          Map.entry("<name>", List.of("a", "b", "junos-ssh", "any", "global")),
          Map.entry("<prefix>", List.of("10.1.1.0/24", "10.1.1.5", "2001:db8::/48", "0.0.0.0/0")),
          Map.entry("<address>", List.of("10.1.1.9", "203.0.113.7", "2001:db8::7")),
          Map.entry("<address/mask>", List.of("10.0.5.0/255.0.255.0")),
          Map.entry("<hostname>", List.of("www.example.com", "Mail.example.")),
          Map.entry("<text>", List.of("\"a text\"")),
          Map.entry("<seconds>", List.of("60", "never")),
          Map.entry("<hh:mm>", List.of("08:00", "9:30", "17:00:30")),
          Map.entry("<YYYY-MM-DD.hh:mm>", List.of("2026-01-01.00:00", "12-24.18:00")),
          Map.entry("<interface-name>", List.of("eth0", "st0.1", "all")));

  /** What makes policies whole, so that some of them are. */
  private static final String WHOLE =
      """
      set security zones security-zone a tcp-rst
      set security zones security-zone b tcp-rst
      set security address-book global address a 10.0.0.0/8
      set security address-book global address b 192.0.2.0/24
      set applications application a protocol udp
      set applications application b protocol tcp
      set security policies from-zone a to-zone b policy a match source-address a
      set security policies from-zone a to-zone b policy a match destination-address b
      set security policies from-zone a to-zone b policy a match application any
      set security policies from-zone a to-zone b policy a then permit
      """;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void isBoundAndMeansTheSamePrintedInEitherForm(long seed) {
    Random random = new Random(seed);
    int withPolicies = 0;
    for (int i = 0; i < TEXTS; i++) {
      Bound read = Bound.of(WHOLE + randomText(random));
      String text = read.tree().toSet(true);
      assertSame(Bound.of(text), read, text);
      assertSame(Bound.of(read.tree().toBraces(true)), read, text);
      withPolicies += read.config().ruleset().policies().all().isEmpty() ? 0 : 1;
    }
    // Else this test would look at nothing but refusals.
    assertThat(withPolicies).as("seed %d", seed).isGreaterThan(TEXTS / 4);
  }

  private static void assertSame(Bound again, Bound read, String text) {
    assertThat(again.config()).as(text).isEqualTo(read.config());
    assertThat(again.messages())
        .as(text)
        .containsExactlyInAnyOrderElementsOf(
            // What the schema refuses is not in the tree, and so not printed.
            Bound.of(text).messages());
    assertThat(again.tree().toSet(true)).isEqualTo(text);
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LINES; i++) {
      List<String> path = new ArrayList<>();
      SchemaNode node = Bound.schema();
      while (!node.members().isEmpty()) {
        node = node.members().get(random.nextInt(node.members().size()));
        addWords(node, random, path);
      }
      text.append("set ").append(String.join(" ", path)).append('\n');
    }
    return text.toString();
  }

  private static void addWords(SchemaNode node, Random random, List<String> path) {
    if (!node.keyword().isEmpty()) {
      path.add(node.keyword());
    }
    switch (node) {
      case SchemaNode.Container c -> {}
      case SchemaNode.Flag f -> {}
      case SchemaNode.Keyed k -> path.add(word(k.key(), random));
      case SchemaNode.Leaf l -> path.add(word(l.value(), random));
      case SchemaNode.LeafList l -> path.add(word(l.value(), random));
    }
  }

  private static String word(ValueType<?> type, Random random) {
    List<String> choices = type.words();
    if (choices.isEmpty()) {
      String placeholder = type.placeholder();
      choices = WORDS.getOrDefault(placeholder, List.of(placeholder.split("\\.\\.", 2)[0]));
    }
    return choices.get(random.nextInt(choices.size()));
  }
}
