package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Questions to the machine about programs. */
public final class Programs {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Programs() {}

  /** "needs x and y" for those that are not on the PATH. */
  static Optional<String> missing(String... programs) {
    List<String> absent = List.of(programs).stream().filter(p -> !HostCommand.exists(p)).toList();
    return absent.isEmpty()
        ? Optional.empty()
        : Optional.of("needs " + String.join(" and ", absent));
  }

  /** The first line a program prints, whatever its exit status: most tell their version so. */
  public static Optional<String> firstLine(String... command) {
    return line(line -> !line.isEmpty(), command);
  }

  /** The first such line a program prints. */
  static Optional<String> line(Predicate<String> wanted, String... command) {
    try {
      return HostCommand.attempt(LIMIT, List.of(command))
          .output()
          .lines()
          .map(String::strip)
          .filter(wanted)
          .findFirst();
    } catch (LabException e) {
      return Optional.empty();
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }

  static Path makeFolder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new LabException("cannot make " + folder, e);
    }
  }
}
