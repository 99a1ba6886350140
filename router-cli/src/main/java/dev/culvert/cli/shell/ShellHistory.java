package dev.culvert.cli.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jline.reader.LineReader;
import org.jline.reader.impl.history.DefaultHistory;

/**
 * The lines an operator typed, kept in the home directory from one session to the next. Lines that
 * set a secret are not kept at all.
 */
final class ShellHistory extends DefaultHistory {
  private static final int MAX_LINES = 2000;

  private static final Pattern SECRET =
      Pattern.compile("pre-shared-key|-key\\b|\\bkey\\b|password|secret", Pattern.CASE_INSENSITIVE);

  @Override
  public void add(Instant time, String line) {
    if (!holdsSecret(line)) {
      super.add(time, line);
    }
  }

  static boolean holdsSecret(String line) {
    return SECRET.matcher(line).find();
  }

  /** Gives the reader its file, unless there is no place for one. */
  static void keep(LineReader reader) {
    Path file = Path.of(System.getProperty("user.home", "/"), ".culvert_history");
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Without a writable home the history lasts as long as the session.
      return;
    }
    reader.setVariable(LineReader.HISTORY_FILE, file);
    reader.setVariable(LineReader.HISTORY_FILE_SIZE, MAX_LINES);
  }
}
