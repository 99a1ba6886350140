package dev.culvert.daemon.fault;

import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.RecordedEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Faults of our own as text files, {@code faults/TIME-INSTANCE.txt} in the state directory, for
 * whoever is to find the bug. They hold what neighbors sent, so they are their owner's alone to
 * read; the oldest give way. Not safe to share.
 */
public final class FaultFiles {
  static final int MOST_FILES = 16;

  /** Sorts by age. */
  private static final DateTimeFormatter NAME_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final String OURS = "*Z-*.txt";

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path stateDirectory;
  private final Path directory;
  private final String version;

  /**
   * @param version what this build calls itself
   */
  public FaultFiles(Path stateDirectory, String version) {
    this.version = version;
    this.stateDirectory = stateDirectory;
    this.directory = stateDirectory.resolve("faults");
  }

  Path write(InstanceFault fault) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(stateDirectory);
      Files.createDirectory(directory, OWNER_DIRECTORY);
    }
    Path file = directory.resolve(NAME_TIME.format(fault.at()) + "-" + fault.instance() + ".txt");
    Files.deleteIfExists(file);
    ByteBuffer text = StandardCharsets.UTF_8.encode(text(fault));
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_FILE)) {
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.force(true);
    }
    removeOldest();
    return file;
  }

  private void removeOldest() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> ours = Files.newDirectoryStream(directory, OURS)) {
      ours.forEach(files::add);
    }
    Collections.sort(files);
    for (Path old : files.subList(0, Math.max(0, files.size() - MOST_FILES))) {
      Files.deleteIfExists(old);
    }
  }

  private String text(InstanceFault fault) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    out.printf("version: %s%n", version);
    out.printf("java: %s%n", Runtime.version());
    out.printf("instance: %s%n", fault.instance());
    out.printf("time: %s%n%n", fault.at());
    fault.cause().printStackTrace(out);
    out.printf("%nlast events, oldest first: %d%n", fault.events().size());
    for (RecordedEvent event : fault.events()) {
      out.println(event);
    }
    out.flush();
    return text.toString();
  }
}
