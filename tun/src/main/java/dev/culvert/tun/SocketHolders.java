package dev.culvert.tun;

import dev.culvert.tun.NamespaceLock.Holder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which process holds a Unix socket, as {@code /proc} tells it; for what the socket does not. */
final class SocketHolders {
  private static final Path PROC = Path.of("/proc");

  /** In {@code /proc/net/unix}: Num RefCount Protocol Flags Type St Inode Path. */
  private static final int INODE_COLUMN = 6;

  private static final int PATH_COLUMN = 7;

  /** Of a connection that nobody has accepted: it bears the name too, and no process has it. */
  private static final String NO_INODE = "0";

  private SocketHolders() {}

  /**
   * In the network namespace of the calling thread.
   *
   * @param name an abstract one, without its zero
   * @return null if nobody has it whom this process can see
   */
  static @Nullable Holder ofAbstractName(String name) throws IOException {
    Set<Path> sockets = new HashSet<>();
    for (String line : Files.readAllLines(PROC.resolve("thread-self/net/unix"))) {
      List<String> columns = List.of(line.trim().split("\\s+", PATH_COLUMN + 1));
      if (columns.size() > PATH_COLUMN
          && columns.get(PATH_COLUMN).equals("@" + name)
          && !columns.get(INODE_COLUMN).equals(NO_INODE)) {
        sockets.add(Path.of("socket:[" + columns.get(INODE_COLUMN) + "]"));
      }
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holdsOneOf(sockets, process)
            && Files.getAttribute(process, "unix:uid") instanceof Integer uid) {
          return new Holder(Integer.parseInt(process.getFileName().toString()), uid);
        }
      }
    }
    return null;
  }

  private static boolean holdsOneOf(Set<Path> sockets, Path process) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(Files.readSymbolicLink(descriptor))) {
          return true;
        }
      }
    } catch (IOException e) {
      // It has ended meanwhile, or may not be looked into: then its holder stays unknown.
    }
    return false;
  }
}
