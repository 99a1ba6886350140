package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the schemas allow, sense or nonsense, is bound without a fault of ours, and means the
 * same when it is printed and read again.
 */
class AnyFirewallTextTest {
  private static final int TEXTS = 200;
  private static final int LINES = 40;

  private static final Map<String, List<String>> WORDS =
      Map.of(
          "<name>", List.of("p", "q", "trust", "untrust", "web", "hub", "lan6", "update", "none"),
          "<prefix>",
              List.of("10.1.1.0/24", "10.1.1.5", "203.0.113.0/28", "2001:db8::/48", "0.0.0.0/0"),
          "<address>", List.of("10.1.1.9", "203.0.113.7/32", "2001:db8::7"),
          "<text>", List.of("a text"),
          "<interface-name>", List.of("eth0", "st0.1"));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void isBoundAndMeansTheSamePrintedInEitherForm(long seed) {
    Random random = new Random(seed);
    int withRules = 0;
    for (int i = 0; i < TEXTS; i++) {
      FirewallText read = FirewallText.read(randomText(random));
      String text = read.tree().toSet(true);
      assertSame(FirewallText.read(text), read, text);
      assertSame(FirewallText.read(read.tree().toBraces(true)), read, text);
      withRules += read.nat().hasRules() ? 1 : 0;
    }
    // Else this test would look at nothing but refusals.
    assertThat(withRules).as("seed %d", seed).isGreaterThan(TEXTS / 20);
  }

  private static void assertSame(FirewallText again, FirewallText read, String text) {
    assertThat(again.nat()).as(text).isEqualTo(read.nat());
    assertThat(again.screens()).as(text).isEqualTo(read.screens());
    assertThat(again.flow()).as(text).isEqualTo(read.flow());
    assertThat(again.findings())
        .as(text)
        .extracting(Finding::severity, Finding::path, Finding::message)
        .containsExactlyInAnyOrderElementsOf(
            read.findings().stream().map(f -> tuple(f.severity(), f.path(), f.message())).toList());
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LINES; i++) {
      List<String> path = new ArrayList<>();
      SchemaNode node = FirewallText.ROOT;
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
    String word = choices.get(random.nextInt(choices.size()));
    return word.contains(" ") ? '"' + word + '"' : word;
  }
}
