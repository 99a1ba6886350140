package dev.culvert.core.notice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileErrorsTest {
  @TempDir Path directory;

  @Test
  void whatTheJdkThrowsIsNamedWithItsReason() throws Exception {
    Path file = directory.resolve("file");
    assertThat(reasonOf(() -> Files.readString(file)))
        .isEqualTo(file + ": no such file or directory");
    Files.write(file, new byte[] {(byte) 0xff});
    assertThat(reasonOf(() -> Files.readString(file))).isEqualTo("not UTF-8 text");
    assertThat(reasonOf(() -> Files.createDirectory(file))).isEqualTo(file + ": is there already");
    assertThat(reasonOf(() -> Files.createDirectories(file.resolve("x"))))
        .isEqualTo(file.resolve("x") + ": Not a directory");
    assertThat(reasonOf(() -> Files.newDirectoryStream(file)))
        .isEqualTo(file + ": not a directory");
    assertThat(reasonOf(() -> Files.delete(directory)))
        .isEqualTo(directory + ": the directory is not empty");
  }

  @Test
  void noReasonIsThePathAlone() {
    for (FileSystemException failure :
        new FileSystemException[] {
          new FileSystemException("/x"),
          new FileSystemException("/x", null, "No space left on device"),
          new AccessDeniedException("/x"),
          new FileAlreadyExistsException("/x"),
          new DirectoryNotEmptyException("/x")
        }) {
      assertThat(FileErrors.reason(failure)).startsWith("/x: ").hasSizeGreaterThan(8);
      assertThat(FileErrors.reasonAlone(failure)).doesNotContain("/x");
    }
    assertThat(FileErrors.reason(new FileSystemException(null))).isEqualTo("FileSystemException");
  }

  @Test
  void anExceptionWithoutWordsHasAtLeastItsName() {
    assertThat(FileErrors.reason(new IOException())).isEqualTo("IOException");
    assertThat(FileErrors.reason(new IOException("Broken pipe"))).isEqualTo("Broken pipe");
  }

  private interface Action {
    void run() throws Exception;
  }

  private static String reasonOf(Action action) {
    return FileErrors.reason(catchThrowable(action::run));
  }
}
