package dev.culvert.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.policy.PolicyOptionsSection;
import java.nio.charset.StandardCharsets;

class ConfigParserFuzzTest {
  /**
   * Any text is parsed or refused, and what is accepted prints to a text that is accepted again.
   */
  @FuzzTest(maxDuration = "10m")
  void anyTextIsParsedOrRefused(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(TestSchema.ROOT, "fuzz.conf", text, diagnostics);
    SchemaRoot.bind(new PolicyOptionsSection(), tree, diagnostics);
    assertThat(diagnostics.findings()).hasSizeLessThan(100_000);

    // Also after faults the tree holds only what the schema allows.
    String braces = tree.toBraces(true);
    Diagnostics again = new Diagnostics();
    ConfigTree reread = ConfigParser.parse(TestSchema.ROOT, "fuzz.conf", braces, again);
    assertThat(again.findings()).isEmpty();
    assertThat(reread.toBraces(true)).isEqualTo(braces);
    assertThat(ConfigParser.parse(TestSchema.ROOT, "f", tree.toSet(true), again).toSet(true))
        .isEqualTo(tree.toSet(true));
    assertThat(again.findings()).isEmpty();
    tree.toJson();
  }
}
