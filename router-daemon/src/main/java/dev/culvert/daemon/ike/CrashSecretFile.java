package dev.culvert.daemon.ike;

import dev.culvert.core.wire.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secret that tokens of Quick Crash Detection are made of (RFC 6290), in the file {@code
 * crash-secret} of the state directory, for its owner alone: who has it can end IKE SAs that this
 * router has lost. Made at the first start, and the same after each restart.
 */
public final class CrashSecretFile {
  static final String NAME = "crash-secret";
  static final int LENGTH = 32;

  private static final Logger LOG = LoggerFactory.getLogger(CrashSecretFile.class);
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(OWNER);

  private final Path stateDirectory;
  private final Path file;

  public CrashSecretFile(Path stateDirectory) {
    this.stateDirectory = stateDirectory;
    this.file = stateDirectory.resolve(NAME);
  }

  /**
   * The secret that is kept, or another one, kept from here on. One that cannot be kept serves all
   * the same: peers will wait for their own dead-peer-detection after the next restart.
   *
   * @param random unpredictable
   */
  public Secret readOrMake(RandomGenerator random) {
    byte[] octets = new byte[LENGTH];
    try {
      if (!read(octets)) {
        random.nextBytes(octets);
        write(octets);
      }
    } catch (IOException e) {
      random.nextBytes(octets);
      LOG.warn("IKE_CRASH_SECRET_NOT_KEPT file={} reason=\"{}\"", file, String.valueOf(e));
    }
    Secret secret = Secret.copyOf(octets);
    Arrays.fill(octets, (byte) 0);
    return secret;
  }

  /** False if there is none, or none that nobody else can know. */
  private boolean read(byte[] octets) throws IOException {
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || !OWNER.containsAll(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
          || Files.size(file) != LENGTH) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          LOG.warn("IKE_CRASH_SECRET_REPLACED file={} reason=\"not ours alone, or damaged\"", file);
        }
        return false;
      }
      byte[] found = Files.readAllBytes(file);
      System.arraycopy(found, 0, octets, 0, Math.min(found.length, LENGTH));
      Arrays.fill(found, (byte) 0);
      return found.length == LENGTH;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void write(byte[] octets) throws IOException {
    Path next = stateDirectory.resolve(NAME + ".next");
    Files.createDirectories(stateDirectory);
    Files.deleteIfExists(next);
    ByteBuffer buffer = ByteBuffer.wrap(octets);
    try (FileChannel channel =
        FileChannel.open(
            next, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_FILE)) {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
