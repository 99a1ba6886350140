package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SchemaRoot;
import java.util.List;

/** A text bound to the firewall it describes, with what was found. */
record Bound(ConfigTree tree, FirewallConfig config, List<Diagnostics.Finding> findings) {
  private static final SchemaRoot SCHEMA = SchemaRoot.of(FirewallSections.parts());

  static SchemaNode.Container schema() {
    return SCHEMA.root();
  }

  static Bound of(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(SCHEMA.root(), "t.conf", text, diagnostics);
    FirewallConfig config = FirewallSections.bind(tree, diagnostics);
    return new Bound(tree, config, diagnostics.findings());
  }

  /** As {@code [path] message}, with the severity of a warning. */
  List<String> messages() {
    return findings.stream()
        .map(finding -> finding.toString().replaceFirst("^t\\.conf:[0-9]+: ", ""))
        .toList();
  }
}
