package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which words of a policy mean something in import from RIP and in export to it. */
class RipPolicyWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "then { metric 3; accept; }                  | yes | yes",
        "then { metric 17; accept; }                 | no  | no",
        "then { metric 16777215; accept; }           | no  | no",
        "then { tag 65535; accept; }                 | yes | yes",
        "then { tag 65536; accept; }                 | no  | no",
        "then { preference 20; accept; }             | yes | no",
        "then { local-preference 20; accept; }       | no  | no",
        "then { next-hop self; accept; }             | no  | no",
        "then { next-hop 192.0.2.7; accept; }        | no  | no",
        "then { as-path-prepend 65001; accept; }     | no  | no",
        "then { origin igp; accept; }                | no  | no",
        "then { external { type 1; } accept; }       | no  | no",
        "from external; then accept;                 | no  | yes",
        "from neighbor 192.0.2.1; then accept;       | yes | yes",
        "from { family inet; protocol rip; } then accept; | yes | yes",
        "to neighbor 192.0.2.1; then accept;         | no  | no",
      })
  void aWordHasAnEffectOrIsRefused(String policy, String imported, String exported) {
    check("group g { import p; neighbor eth0.0; }", policy, imported);
    check("group g { export p; neighbor eth0.0; }", policy, exported);
  }

  private static void check(String group, String policy, String meansSomething) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read(
        "test.conf",
        "protocols { rip { "
            + group
            + " } } policy-options { policy-statement p { "
            + policy
            + " } }",
        diagnostics);
    if (meansSomething.equals("yes")) {
      assertThat(diagnostics.findings()).as(group + policy).isEmpty();
    } else {
      assertThat(diagnostics.findings())
          .as(group + policy)
          .anyMatch(f -> f.message().contains("has no effect"));
    }
  }
}
