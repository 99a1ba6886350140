package dev.culvert.tun;

import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One router in a network namespace: two would adopt and sweep each other's routes. The lock is a
 * listening Unix socket with an abstract name, which the kernel keeps by network namespace: it
 * holds between containers that share nothing else, needs no file, and falls with the process.
 */
public final class NamespaceLock implements AutoCloseable {
  private static final String NAME = "culvertd";
  private static final int BACKLOG = 8;

  /** struct ucred: pid, uid, gid. */
  private static final int CREDENTIALS_SIZE = 12;

  private static final int ROOT = 0;

  /** Of one that cannot be seen. */
  private static final int UNKNOWN_UID = -1;

  /** Whom the kernel shows of another user namespace that ours has no number for. */
  private static final int OVERFLOW_UID = 65534;

  /** Another router has the namespace. */
  public static final class HeldException extends IOException {
    private static final long serialVersionUID = 1L;

    HeldException(String message) {
      super(message);
    }
  }

  /** A process that has our name. */
  public record Holder(int pid, int uid) {}

  private final Descriptor socket;
  private final @Nullable Holder squatter;

  private NamespaceLock(Descriptor socket, @Nullable Holder squatter) {
    this.socket = socket;
    this.squatter = squatter;
  }

  /**
   * Takes the namespace of the calling thread.
   *
   * <p>Anybody may use an abstract name. One that is taken by a user who could not run a router
   * keeps no router from starting: the namespace then goes without a lock, see {@link #squatter}.
   *
   * @throws HeldException if a running router has it; the message names its pid
   */
  public static NamespaceLock take() throws IOException {
    Descriptor socket = Descriptor.socket(Linux.AF_UNIX, Linux.SOCK_STREAM, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = name(arena);
      int bound = SystemCalls.bind(socket.number(), name, (int) name.byteSize());
      if (bound == -Errno.EADDRINUSE) {
        return new NamespaceLock(socket, squatterOrRefusal(name));
      }
      SystemCallException.check("bind @" + NAME, bound);
      // Whoever finds the name taken asks this socket whose it is; nobody is ever accepted.
      SystemCallException.check("listen @" + NAME, SystemCalls.listen(socket.number(), BACKLOG));
      return new NamespaceLock(socket, null);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * struct sockaddr_un: family (16), then a name that begins with a zero and ends where it ends.
   */
  private static MemorySegment name(Arena arena) {
    byte[] text = NAME.getBytes(StandardCharsets.US_ASCII);
    MemorySegment name = arena.allocate(3 + text.length, 8);
    name.set(ValueLayout.JAVA_SHORT, 0, (short) Linux.AF_UNIX);
    MemorySegment.copy(text, 0, name, ValueLayout.JAVA_BYTE, 3, text.length);
    return name;
  }

  private static Holder squatterOrRefusal(MemorySegment name) throws IOException {
    Holder holder = holder(name);
    if (holder != null && !couldRunARouter(holder.uid())) {
      return holder;
    }
    // A process that this one cannot see, in another container, has pid 0.
    String pid = holder == null || holder.pid() == 0 ? "" : " (pid " + holder.pid() + ")";
    throw new HeldException(
        "another culvertd" + pid + " runs in this network namespace; each needs one of its own");
  }

  private static boolean couldRunARouter(int uid) throws IOException {
    return uid == ROOT
        || uid == OVERFLOW_UID
        || Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(uid);
  }

  /**
   * Who has that name. A router answers by the socket itself; whoever does not listen, or lets
   * callers wait until no more may, is looked for among the processes.
   *
   * @return null if somebody listens who cannot be found: a router in another container may
   */
  private static @Nullable Holder holder(MemorySegment name) throws IOException {
    try (Descriptor socket = Descriptor.socket(Linux.AF_UNIX, Linux.SOCK_STREAM, 0);
        Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(CREDENTIALS_SIZE, Integer.BYTES);
      int connected = SystemCalls.connect(socket.number(), name, (int) name.byteSize());
      if (connected >= 0
          && SystemCalls.getsockopt(
                  socket.number(), Linux.SOL_SOCKET, Linux.SO_PEERCRED, credentials)
              >= 0) {
        return new Holder(
            credentials.get(ValueLayout.JAVA_INT, 0), credentials.get(ValueLayout.JAVA_INT, 4));
      }
      Holder found = SocketHolders.ofAbstractName(NAME);
      boolean listens = connected != -Errno.ECONNREFUSED;
      return found != null || listens ? found : new Holder(0, UNKNOWN_UID);
    }
  }

  /** Who has taken the name without being a router, so that there is no lock; mostly null. */
  public @Nullable Holder squatter() {
    return squatter;
  }

  @Override
  public void close() {
    socket.close();
  }
}
