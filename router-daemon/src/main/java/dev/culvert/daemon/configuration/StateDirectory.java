package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * {@link ConfigurationDisk} on a file system: the configuration file, and {@code commits} in the
 * state directory, readable by their owner only.
 */
public final class StateDirectory implements ConfigurationDisk {
  private static final String FOLDER = "commits";

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
    WholeFile.replace(target, text, before);
  }

  @Override
  public Optional<String> read(String name) throws IOException {
    return read(folder.resolve(name));
  }

  @Override
  public void write(String name, String text) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    WholeFile.replace(folder.resolve(name), text, null);
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
}
