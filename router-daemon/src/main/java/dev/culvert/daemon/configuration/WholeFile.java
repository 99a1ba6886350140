package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files that are there whole or as they were before, whatever happens: written beside their place,
 * forced to the disk, and renamed; then the folder is forced, so that the rename outlives a loss of
 * power.
 */
public final class WholeFile {
  private static final String NEXT = ".next";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private WholeFile() {}

  /**
   * Replaces the file, or makes it.
   *
   * @param as whose it is to be, and who may read it; null: its owner alone
   * @throws IOException and then the file is what it was
   */
  public static void replace(Path target, String text, @Nullable PosixFileAttributes as)
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
