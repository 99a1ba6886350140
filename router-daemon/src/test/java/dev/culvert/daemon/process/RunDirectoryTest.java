package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path temporary;

  @Test
  void aSecondRouterIsRefusedAndToldThePidOfTheFirst() throws Exception {
    Path directory = temporary.resolve("run");
    try (RunDirectory first = RunDirectory.take(directory)) {
      Files.createFile(first.controlSocket());
      assertThatThrownBy(() -> RunDirectory.take(directory))
          .isInstanceOf(RunDirectory.InUseException.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
      assertThat(first.controlSocket()).exists();
    }
  }

  @Test
  void nothingStaysWhenTheRouterStopsAndTheNextMayTakeIt() throws Exception {
    Path directory = temporary.resolve("run");
    try (RunDirectory first = RunDirectory.take(directory)) {
      assertThat(directory.resolve("culvertd.pid"))
          .hasContent(Long.toString(ProcessHandle.current().pid()));
    }
    assertThat(directory).isEmptyDirectory();
    RunDirectory.take(directory).close();
  }

  @Test
  void whatACrashedRouterLeftIsNoHindrance() throws Exception {
    Files.writeString(temporary.resolve("culvertd.pid"), "1234567890123\n");
    Files.createFile(temporary.resolve("control.sock"));
    try (RunDirectory taken = RunDirectory.take(temporary)) {
      assertThat(taken.controlSocket()).doesNotExist();
      assertThat(temporary.resolve("culvertd.pid"))
          .hasContent(Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void theDirectoryIsGivenBackAlthoughItsFilesCannotBeDeleted() throws Exception {
    RunDirectory taken = RunDirectory.take(temporary);
    Path inTheWay = Files.createDirectories(taken.controlSocket().resolve("not-empty"));

    assertThatThrownBy(taken::close).isInstanceOf(IOException.class);

    assertThat(temporary.resolve("culvertd.pid")).doesNotExist();
    Files.delete(inTheWay);
    RunDirectory.take(temporary).close();
  }

  @Test
  void aDirectoryThatCannotBeTakenIsNamedWithTheReason() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThatThrownBy(() -> RunDirectory.take(file))
        .hasMessage("cannot use the run directory %1$s: %1$s: not a directory", file);
    Path below = file.resolve("run");
    assertThatThrownBy(() -> RunDirectory.take(below))
        .hasMessage("cannot use the run directory %s: %s: Not a directory", below, below);
    Path taken = Files.createDirectories(temporary.resolve("run/culvertd.pid/x")).getParent();
    assertThatThrownBy(() -> RunDirectory.take(temporary.resolve("run")))
        .hasMessage(
            "cannot use the run directory %s: %s: Is a directory", temporary.resolve("run"), taken);
    Path full = Files.createDirectories(temporary.resolve("full/control.sock/x")).getParent();
    assertThatThrownBy(() -> RunDirectory.take(temporary.resolve("full")))
        .hasMessage(
            "cannot use the run directory %s: %s: the directory is not empty",
            temporary.resolve("full"), full);
  }
}
