package dev.culvert.daemon.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tokens are made of is the same after a restart, and nobody else's to read. */
class CrashSecretFileTest {
  @TempDir private Path folder;
  private final SplittableRandom random = new SplittableRandom(1);

  private Secret start() {
    return new CrashSecretFile(folder.resolve("state")).readOrMake(random);
  }

  private Path file() {
    return folder.resolve("state").resolve(CrashSecretFile.NAME);
  }

  @Test
  void itIsTheSameAtEachStartAndReadableByItsOwnerAlone() throws IOException {
    Secret first = start();
    assertThat(first.length()).isEqualTo(CrashSecretFile.LENGTH);
    assertThat(first.isErased()).isFalse();
    assertThat(start()).isEqualTo(first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    try (var files = Files.list(file().getParent())) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void oneThatIsDamagedOrThatOthersCouldReadIsReplaced() throws IOException {
    Secret first = start();
    Files.write(file(), new byte[] {1, 2, 3});
    Secret second = start();
    assertThat(second).isNotEqualTo(first);
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
    Secret third = start();
    assertThat(third).isNotEqualTo(second);
    assertThat(start()).isEqualTo(third);

    Path elsewhere = folder.resolve("elsewhere");
    Files.move(file(), elsewhere);
    Files.createSymbolicLink(file(), elsewhere);
    assertThat(start()).as("by a link").isNotEqualTo(third);
    assertThat(Files.isSymbolicLink(file())).isFalse();
  }

  @Test
  void oneThatCannotBeKeptServesUntilTheEnd() throws IOException {
    Files.writeString(folder.resolve("state"), "no directory");
    Secret secret = start();
    assertThat(secret.isErased()).isFalse();
    assertThat(start()).isNotEqualTo(secret);
  }
}
