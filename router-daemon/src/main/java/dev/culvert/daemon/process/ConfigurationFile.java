package dev.culvert.daemon.process;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.configuration.WholeFile;
import dev.culvert.daemon.kernel.EthernetDevices;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/** Configurations on disk. */
public final class ConfigurationFile {
  private static final String ACTIVE = "active.conf";

  private ConfigurationFile() {}

  /**
   * Reads and checks a file; one that cannot be read is a finding too, and so is one without a
   * statement: that is what a full disk or a lost supply leaves of a configuration, and as one it
   * would take every tunnel down.
   */
  public static RouterConfig read(Path file, Diagnostics diagnostics) {
    try {
      RouterConfig config =
          RouterConfigReader.read(
              file.toString(), Files.readString(file), EthernetDevices.inOrder(), diagnostics);
      if (config.tree().root().children().isEmpty() && !diagnostics.hasErrors()) {
        diagnostics.error(
            RouterConfigReader.startOf(file.toString()), "", "there is no statement in it");
      }
      return config;
    } catch (IOException e) {
      diagnostics.error(
          RouterConfigReader.startOf(file.toString()),
          "",
          "cannot be read: " + FileErrors.reasonAlone(e));
    }
    return RouterConfigReader.empty();
  }

  /** Where {@link #saveActive} keeps the configuration. */
  static Path activeIn(Path stateDirectory) {
    return stateDirectory.resolve(ACTIVE);
  }

  /** What {@link #saveActive} has kept; nothing if there is none, or none that is good. */
  static Optional<RouterConfig> readActive(Path stateDirectory) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = read(activeIn(stateDirectory), diagnostics);
    return diagnostics.hasErrors() ? Optional.empty() : Optional.of(config);
  }

  /**
   * Keeps the committed configuration, whole or not at all; readable by its owner only.
   *
   * @throws IOException whose message says where and why not
   */
  public static void saveActive(Path stateDirectory, RouterConfig config) throws IOException {
    try {
      save(stateDirectory, config);
    } catch (IOException e) {
      throw new IOException(
          "cannot save the configuration in " + stateDirectory + ": " + FileErrors.reason(e), e);
    }
  }

  private static void save(Path stateDirectory, RouterConfig config) throws IOException {
    if (Files.exists(stateDirectory) && !Files.isDirectory(stateDirectory)) {
      throw new NotDirectoryException(stateDirectory.toString());
    }
    Files.createDirectories(stateDirectory);
    WholeFile.replace(activeIn(stateDirectory), config.tree().toBraces(true), null);
  }
}
