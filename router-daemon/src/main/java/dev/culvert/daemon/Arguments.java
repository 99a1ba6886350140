package dev.culvert.daemon;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The command line of {@code culvertd}. */
record Arguments(Path config, Path runDirectory, Path stateDirectory, boolean checkOnly) {
  static final String USAGE =
      "usage: culvertd --config FILE [--run-dir DIR] [--state-dir DIR] [--check]";

  private static final Path RUN_DIRECTORY = Path.of("/run/culvert");
  private static final Path STATE_DIRECTORY = Path.of("/var/lib/culvert");

  /**
   * Reads {@code --option VALUE} and {@code --option=VALUE}.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  static Arguments parse(String... words) {
    @Nullable Path config = null;
    Path runDirectory = RUN_DIRECTORY;
    Path stateDirectory = STATE_DIRECTORY;
    boolean checkOnly = false;
    for (int i = 0; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      String option = equals < 0 ? words[i] : words[i].substring(0, equals);
      if (option.equals("--check") && equals < 0) {
        checkOnly = true;
        continue;
      }
      if (!option.equals("--config")
          && !option.equals("--run-dir")
          && !option.equals("--state-dir")) {
        throw new IllegalArgumentException("unknown option '" + words[i] + "'");
      }
      if (equals < 0 && i + 1 == words.length) {
        throw new IllegalArgumentException(option + " needs a value");
      }
      Path value = Path.of(equals < 0 ? words[++i] : words[i].substring(equals + 1));
      switch (option) {
        case "--config" -> config = value;
        case "--run-dir" -> runDirectory = value;
        default -> stateDirectory = value;
      }
    }
    if (config == null) {
      throw new IllegalArgumentException("--config is missing");
    }
    return new Arguments(config, runDirectory, stateDirectory, checkOnly);
  }
}
