package dev.culvert.tun.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator reads when nftables refuses something, and what is no document at all. */
class NftErrorsTest {
  @Test
  void theReasonIsWhatStandsBehindError() {
    assertThat(
            NftErrors.reason(
                "internal:0:0-0: Error: Could not process rule: No such file or directory\n\n\n"))
        .isEqualTo("Could not process rule: No such file or directory");
    assertThat(
            NftErrors.reason(
                """
                internal:0:0-0: Error: Unknown object passed to add command.

                internal:0:0-0: Error: Parsing command array at index 0 failed.

                """))
        .isEqualTo(
            "Unknown object passed to add command.; Parsing command array at index 0 failed.");
  }

  @Test
  void theDocumentIsNotShownBesideTheReason() {
    assertThat(
            NftErrors.reason(
                "<cmdline>:1:1-1: Error: syntax error, unexpected '{'\n"
                    + "{\"nftables\": [{\"add\": {\"table\": {}}}]}\n^\n"))
        .isEqualTo("syntax error, unexpected '{'");
  }

  @Test
  void aReasonIsNeverLong() {
    String line = "Error: " + "x".repeat(10_000) + "\n";
    assertThat(NftErrors.reason(line)).hasSize(303).endsWith("...");
    String lines =
        String.join("", Collections.nCopies(3, line)) + "Error: a\nError: b\nError: c\nError: d\n";
    assertThat(NftErrors.reason(lines)).doesNotContain("d").contains("; a; b");
    assertThat(NftErrors.reason("")).isEqualTo("nftables gives no reason");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"nftables\": [{",
        "{\"nftables\": []} {}",
        "{\"nftables\": []}\0",
        "list ruleset",
        "[]",
        "{nftables: []}"
      })
  void whatIsNoJsonObjectIsRefusedBeforeNftablesSeesIt(String text) {
    assertThat(JsonText.fault(text)).startsWith("the document ");
  }

  @Test
  void aJsonObjectIsADocument() {
    assertThat(JsonText.fault("{\"nftables\": [{\"flush\": {\"ruleset\": null}}]}\n")).isNull();
  }
}
