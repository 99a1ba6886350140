package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@link ConfigurationDisk} on a file system: the configuration file, and {@code commits} in the
 * state directory, readable by their owner only. A text is written beside its place, forced to the
 * disk, and renamed; then the folder is forced, so that the rename is there after a loss of power.
 */
public final class StateDirectory implements ConfigurationDisk {
  private static final String FOLDER = "commits";
  private static final String NEXT = ".next";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final Path folder;

  public StateDirectory(Path file, Path stateDirectory) {
    this.file = file;
    this.folder = stateDirectory.resolve(FOLDER);
  }

  @Override
  public Optional<String> file() throws IOException {
    return read(file);
  }

  /** Whose file it is, and who may read it, stays as it was. */
  @Override
  public void replaceFile(String text) throws IOException {
    // A link stays one: what it leads to is replaced.
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    PosixFileAttributes before =
        Files.exists(target) ? Files.readAttributes(target, PosixFileAttributes.class) : null;
    replace(target, text, before);
  }

  @Override
  public Optional<String> read(String name) throws IOException {
    return read(folder.resolve(name));
  }

  @Override
  public void write(String name, String text) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    replace(folder.resolve(name), text, null);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  private static Optional<String> read(Path file) throws IOException {
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static void replace(Path target, String text, @Nullable PosixFileAttributes as)
      throws IOException {
    Path next = target.resolveSibling(target.getFileName() + NEXT);
    Files.deleteIfExists(next);
    ByteBuffer octets = StandardCharsets.UTF_8.encode(text);
    try (FileChannel channel =
        FileChannel.open(
            next,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE))) {
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
      channel.force(true);
    }
    if (as != null) {
      PosixFileAttributeView view = Files.getFileAttributeView(next, PosixFileAttributeView.class);
      view.setOwner(as.owner());
      view.setGroup(as.group());
      view.setPermissions(as.permissions());
    }
    Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    force(target.toAbsolutePath().getParent());
  }

  private static void force(@Nullable Path folder) throws IOException {
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
