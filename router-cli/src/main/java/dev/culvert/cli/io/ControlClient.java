package dev.culvert.cli.io;

import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.FrameCodec;
import dev.culvert.cli.protocol.FrameDecoder;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * A session with a daemon over its control socket.
 *
 * <p>Confined to one thread, except {@link #cancel}, which any thread may call.
 */
public final class ControlClient implements AutoCloseable {
  public static final Path DEFAULT_RUN_DIR = Path.of("/run/culvert");
  private static final String SOCKET_NAME = "control.sock";
  private static final int READ_SIZE = 64 * 1024;

  /** The id of an answer that is to no request: the daemon refuses the session. */
  private static final int REFUSAL = 0;

  private final Path socket;
  private final UnixSocketChannel channel;
  private final FrameDecoder decoder = new FrameDecoder();
  private final ByteBuffer received = ByteBuffer.allocate(READ_SIZE);
  private final ReentrantLock writing = new ReentrantLock();
  private volatile int currentId;
  private Session session;

  private ControlClient(Path socket, UnixSocketChannel channel) {
    this.socket = socket;
    this.channel = channel;
    this.session = Session.operational("");
  }

  /** Opens a session with the daemon of that run directory; waits for answers without limit. */
  public static ControlClient connect(Path runDir) throws ControlException {
    return connect(runDir, null);
  }

  /** Opens a session whose every wait for the daemon ends in an error after {@code patience}. */
  public static ControlClient connect(Path runDir, @Nullable Duration patience)
      throws ControlException {
    Path socket = runDir.resolve(SOCKET_NAME).toAbsolutePath();
    ControlClient client = new ControlClient(socket, open(socket));
    try {
      if (patience != null) {
        client.channel.setOption(
            UnixSocketOptions.SO_RCVTIMEO, Math.toIntExact(patience.toMillis()));
      }
      client.hello();
      return client;
    } catch (IOException e) {
      client.close();
      throw new ControlException("cannot use " + socket + ": " + e.getMessage(), e);
    } catch (ControlException e) {
      client.close();
      throw e;
    }
  }

  private static UnixSocketChannel open(Path socket) throws ControlException {
    // Asked first because a missing file and one in a closed directory would look the same below.
    if (!Files.exists(socket) && Files.isReadable(socket.getParent())) {
      throw notRunning(socket);
    }
    try {
      return UnixSocketChannel.open(new UnixSocketAddress(socket.toFile()));
    } catch (IOException e) {
      // jnr-unixsocket tells the errno of a connect only by its text.
      switch (String.valueOf(e.getMessage())) {
        case "Permission denied", "Operation not permitted" ->
            throw new ControlException(
                "no permission to use "
                    + socket
                    + ": be root or a member of the group culvert or culvert-view");
        case "Connection refused", "No such file or directory" -> throw notRunning(socket);
        default ->
            throw new ControlException(
                "cannot reach culvertd on " + socket + ": " + e.getMessage(), e);
      }
    }
  }

  private static ControlException notRunning(Path socket) {
    return new ControlException("culvertd is not running: no answer on " + socket);
  }

  private void hello() throws ControlException, IOException {
    Answer.Last last =
        exchange(Request.hello(nextId(), System.getProperty("user.name", "unknown")), _ -> true);
    if (last.error() != null) {
      throw new ControlException(last.error());
    }
  }

  /** Where the session stands after the last request. */
  public Session session() {
    return session;
  }

  /** Runs a command; its parts go to {@code handler} as they arrive. */
  public Answer.Last command(
      String text, Request.Format format, @Nullable String input, AnswerHandler handler)
      throws ControlException, IOException {
    Request request = Request.command(nextId(), text, format);
    return exchange(input == null ? request : request.withInput(input), handler);
  }

  /** What may stand at the end of that line. */
  public List<Completion> complete(String lineUpToCursor) throws ControlException, IOException {
    List<Completion> completions = new ArrayList<>();
    exchange(
        Request.complete(nextId(), lineUpToCursor),
        answer -> {
          if (answer instanceof Answer.Completions part) {
            completions.addAll(part.completions());
          }
          return true;
        });
    return completions;
  }

  /** Asks the daemon to end the request that is under way. Safe to call from any thread. */
  public void cancel() throws ControlException {
    send(Request.cancel(currentId));
  }

  private int nextId() {
    // Only this session's thread counts; other threads read.
    int id = currentId + 1;
    currentId = id;
    return id;
  }

  private Answer.Last exchange(Request request, AnswerHandler handler)
      throws ControlException, IOException {
    try {
      send(request);
    } catch (ControlException e) {
      throw refusalOr(e);
    }
    boolean wanted = true;
    IOException failure = null;
    while (true) {
      Answer answer = receive();
      if (answer instanceof Answer.Last refusal && refusal.id() == REFUSAL) {
        throw new ControlException(String.valueOf(refusal.error()));
      } else if (answer.id() != request.id()) {
        throw new ControlException("culvertd answers a request that was not made");
      } else if (answer instanceof Answer.Last last) {
        session = last.session();
        if (failure != null) {
          throw failure;
        }
        return last;
      } else if (wanted) {
        try {
          wanted = handler.part(answer);
        } catch (IOException e) {
          // The session goes on: the rest of this answer has to be read before the error is told.
          failure = e;
          wanted = false;
        }
        if (!wanted) {
          cancel();
        }
      }
    }
  }

  /** A daemon that refuses the session says why and closes, perhaps before it was asked. */
  private ControlException refusalOr(ControlException lost) {
    try {
      return receive() instanceof Answer.Last last && last.id() == REFUSAL && last.error() != null
          ? new ControlException(last.error())
          : lost;
    } catch (ControlException e) {
      return lost;
    }
  }

  private void send(Request request) throws ControlException {
    ByteBuffer frame = ByteBuffer.wrap(FrameCodec.encode(request));
    writing.lock();
    try {
      while (frame.hasRemaining()) {
        channel.write(frame);
      }
    } catch (IOException e) {
      throw lost(e);
    } finally {
      writing.unlock();
    }
  }

  private Answer receive() throws ControlException {
    while (true) {
      Decoded<Octets> frame = decoder.next();
      if (frame == null) {
        fill();
        continue;
      }
      return switch (decode(frame)) {
        case Decoded.Ok<Answer>(Answer answer) -> answer;
        case Decoded.Malformed<Answer>(var fault) ->
            throw new ControlException(
                "culvertd does not speak this client's language: "
                    + fault.field()
                    + " "
                    + fault.reason());
      };
    }
  }

  private static Decoded<Answer> decode(Decoded<Octets> frame) {
    return switch (frame) {
      case Decoded.Ok<Octets>(Octets octets) -> FrameCodec.decodeAnswer(octets);
      case Decoded.Malformed<Octets>(var fault) -> new Decoded.Malformed<>(fault);
    };
  }

  private void fill() throws ControlException {
    int count;
    try {
      received.clear();
      count = channel.read(received);
    } catch (IOException e) {
      throw lost(e);
    }
    if (count < 0) {
      throw new ControlException("culvertd closed the connection on " + socket);
    } else if (count == 0) {
      // A blocking read returns nothing only when its time is up.
      throw new ControlException("culvertd does not answer on " + socket);
    }
    decoder.append(received.array(), 0, count);
  }

  private ControlException lost(IOException cause) {
    return new ControlException("the connection to culvertd is lost: " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is left to be sent or received; the descriptor is gone either way.
      return;
    }
  }
}
