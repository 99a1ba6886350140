package dev.culvert.daemon.configuration;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;

/** Text that is a configuration by its schema, whether or not it can be committed. */
final class ConfigurationText {
  private ConfigurationText() {}

  static ConfigTree parse(String text, Diagnostics diagnostics) {
    return ConfigParser.parse(RouterConfigReader.schema(), "-", text, diagnostics);
  }

  static ConfigTree empty() {
    return ConfigTree.empty(RouterConfigReader.schema());
  }
}
