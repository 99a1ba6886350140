package dev.culvert.tun.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as it misbehaves: each a shell script in its place. */
class NftProgramTest {
  private static final String DOCUMENT = "{\"nftables\": []}";
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path folder;

  @Test
  void whatItWritesIsTheOutput() throws IOException {
    NftProgram program = program("cat", LONG, 1000);
    assertThat(program.apply(DOCUMENT)).isEqualTo(new NftResult.Done(DOCUMENT));
  }

  @Test
  void itIsToldWhetherOnlyToCheck() throws IOException {
    NftProgram program = program("cat >/dev/null; echo $*", LONG, 1000);
    assertThat(program.apply(DOCUMENT)).isEqualTo(new NftResult.Done("-j -a -n -f -\n"));
    assertThat(program.check(DOCUMENT)).isEqualTo(new NftResult.Done("-j -a -n -c -f -\n"));
  }

  @Test
  void whatItComplainsOfIsTheReason() throws IOException {
    NftProgram program =
        program("cat >/dev/null; echo 'x: Error: no such zone' >&2; exit 1", LONG, 1000);
    assertThat(program.apply(DOCUMENT)).isEqualTo(new NftResult.Refused("no such zone"));
  }

  @Test
  void itIsNotWaitedForForEver() throws IOException {
    NftProgram program = program("exec sleep 600", Duration.ofMillis(200), 1000);
    assertThat(program.apply(DOCUMENT))
        .isInstanceOfSatisfying(
            NftResult.Unavailable.class,
            result -> assertThat(result.reason()).contains("did not end within"));
  }

  @Test
  void endlessOutputIsNotRead() throws IOException {
    NftProgram program = program("cat >/dev/null; yes | head -c 100000", LONG, 1000);
    assertThat(program.apply(DOCUMENT))
        .isInstanceOfSatisfying(
            NftResult.Unavailable.class,
            result -> assertThat(result.reason()).contains("more than 1000 octets"));
  }

  @Test
  void oneThatIsKilledHasRefusedNothing() throws IOException {
    NftProgram program = program("kill -9 $$", LONG, 1000);
    assertThat(program.apply(DOCUMENT))
        .isInstanceOfSatisfying(
            NftResult.Unavailable.class,
            result -> assertThat(result.reason()).contains("ended with 137"));
  }

  @Test
  void oneThatTakesHalfADocumentForTheWholeIsNotBelieved() throws IOException {
    NftProgram program = program("exit 0", LONG, 1000);
    String big = "{\"nftables\": [\"" + "x".repeat(10 << 20) + "\"]}";
    assertThat(program.apply(big)).isInstanceOf(NftResult.Unavailable.class);
  }

  @Test
  void oneThatIsNotThereIsUnavailable() {
    NftProgram program = new NftProgram(folder.resolve("absent"), LONG, 1000);
    assertThat(program.apply(DOCUMENT)).isInstanceOf(NftResult.Unavailable.class);
  }

  private NftProgram program(String script, Duration limit, int maxOutput) throws IOException {
    Path path = folder.resolve("nft");
    Files.writeString(path, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    return new NftProgram(path, limit, maxOutput);
  }
}
