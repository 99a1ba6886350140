package dev.culvert.daemon.show;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code conf/branch.conf} without its zones and policies: a test adds those that it is about. */
public final class BranchOffice {
  private static final String ZONES = "\n    zones {";
  private static final String BEHIND_SECURITY = "\n}\nprotocols {";

  private BranchOffice() {}

  public static String configuration() {
    try {
      String text = Files.readString(Path.of("../conf/branch.conf"));
      int begin = text.indexOf(ZONES);
      int end = text.indexOf(BEHIND_SECURITY);
      if (begin < 0 || end < begin) {
        throw new IllegalStateException("zones are not the last of security");
      }
      return text.substring(0, begin) + text.substring(end);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
