package dev.culvert.daemon.process;

import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.thread.Closing;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one running router: {@code culvertd.pid}, held locked while it lives, and {@code
 * control.sock}. The lock falls with the process, so a crash leaves nothing to clean by hand.
 */
public final class RunDirectory implements AutoCloseable {
  /** Another router has the directory. */
  public static final class InUseException extends IOException {
    private static final long serialVersionUID = 1L;

    InUseException(String message) {
      super(message);
    }
  }

  private final Path directory;
  private final FileChannel pidFile;
  private final FileLock lock;

  private RunDirectory(Path directory, FileChannel pidFile, FileLock lock) {
    this.directory = directory;
    this.pidFile = pidFile;
    this.lock = lock;
  }

  /**
   * Creates the directory if need be and takes it.
   *
   * @throws InUseException if a running router has it; the message names its pid
   * @throws IOException whose message says which directory, and why not
   */
  public static RunDirectory take(Path directory) throws IOException {
    try {
      return open(directory);
    } catch (InUseException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "cannot use the run directory " + directory + ": " + FileErrors.reason(e), e);
    }
  }

  private static RunDirectory open(Path directory) throws IOException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path pidPath = directory.resolve("culvertd.pid");
    FileChannel pidFile =
        FileChannel.open(
            pidPath, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      return lock(directory, pidPath, pidFile);
    } catch (IOException e) {
      pidFile.close();
      throw e;
    }
  }

  private static RunDirectory lock(Path directory, Path pidPath, FileChannel pidFile)
      throws IOException {
    FileLock lock = tryLock(pidFile);
    if (lock == null) {
      throw new InUseException(
          "another culvertd (pid " + Files.readString(pidPath).strip() + ") runs on " + directory);
    }
    pidFile.truncate(0);
    String pid = ProcessHandle.current().pid() + "\n";
    pidFile.write(StandardCharsets.US_ASCII.encode(pid), 0);
    RunDirectory taken = new RunDirectory(directory, pidFile, lock);
    Files.deleteIfExists(taken.controlSocket());
    return taken;
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  public Path controlSocket() {
    return directory.resolve("control.sock");
  }

  @Override
  public void close() throws IOException {
    // The lock falls with its channel, which is what must not be left out.
    Closing.inOrder(
        () -> Files.deleteIfExists(controlSocket()),
        () -> Files.deleteIfExists(directory.resolve("culvertd.pid")),
        lock::release,
        pidFile);
  }
}
