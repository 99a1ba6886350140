package dev.culvert.daemon.control;

import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.FrameCodec;
import dev.culvert.cli.protocol.FrameDecoder;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.daemon.thread.Closing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import jnr.unixsocket.Credentials;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operators' socket: checks who calls, reads requests, streams answers. Each session has a
 * thread that reads and one that answers; they own nothing of the router.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

  /** Sessions at a time; beyond it a caller is told so. */
  static final int MAX_SESSIONS = 32;

  /** Requests a session may have waiting. */
  private static final int MAX_WAITING = 16;

  private static final int ACCEPT_PAUSE_SECONDS = 1;
  private static final int READ_SIZE = 16 * 1024;

  /** Answers operators' requests. Called on session threads, several at a time. */
  public interface Operator {
    String hostName();

    /**
     * Somebody has come.
     *
     * @param mayConfigure false for an operator who may only look
     */
    OperatorSession open(String user, boolean mayConfigure);
  }

  /** One operator's session; called by one thread at a time. */
  public interface OperatorSession extends AutoCloseable {
    /**
     * Runs a command.
     *
     * @param cancelled turns true when the operator has lost interest
     * @return null if it succeeded, otherwise one line for the operator
     */
    @Nullable String run(Request request, AnswerStream answer, BooleanSupplier cancelled);

    /** What may follow the line up to the cursor. */
    List<Completion> complete(String lineUpToCursor);

    /** Where the operator is. */
    Session state();

    /** The operator has gone. */
    @Override
    void close();
  }

  private final Operator operator;
  private final UnixServerSocketChannel listener;
  private final Semaphore sessions = new Semaphore(MAX_SESSIONS);
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean closing;

  private ControlServer(Operator operator, UnixServerSocketChannel listener) {
    this.operator = operator;
    this.listener = listener;
  }

  /** Listens on the socket, which anyone may connect to: the caller's credentials decide. */
  public static ControlServer start(Path socket, Operator operator) throws IOException {
    UnixServerSocketChannel listener = UnixServerSocketChannel.open();
    listener.socket().bind(new UnixSocketAddress(socket.toFile()));
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    ControlServer server = new ControlServer(operator, listener);
    Thread.ofPlatform().daemon().name("control-accept").start(server::accept);
    return server;
  }

  private void accept() {
    while (!closing) {
      try {
        UnixSocketChannel channel = listener.accept();
        if (channel != null) {
          begin(channel);
        }
      } catch (IOException e) {
        if (!closing) {
          LOG.error("CONTROL_ACCEPT_FAILED reason={}", e.toString());
          pause();
        }
      }
    }
  }

  /** Without descriptors or memory it may go better in a while. */
  private void pause() {
    try {
      closed.await(ACCEPT_PAUSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin(UnixSocketChannel channel) throws IOException {
    if (!sessions.tryAcquire()) {
      refuseOneTooMany(channel);
      return;
    }
    Connection connection = new Connection(channel);
    open.add(connection);
    try {
      Thread.ofPlatform().daemon().name("control-session").start(() -> serve(connection));
    } catch (Throwable e) {
      // No thread to be had: this session is lost, not its place.
      open.remove(connection);
      sessions.release();
      connection.close();
      throw new IOException("no thread for a session", e);
    }
  }

  /** Whoever is gone before the answer must not end the listener for all others. */
  private void refuseOneTooMany(UnixSocketChannel channel) {
    try {
      refuse(channel, "too many operators: " + MAX_SESSIONS + " sessions are open");
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("CONTROL_REFUSAL_NOT_SENT reason={}", e.toString());
    }
  }

  /** Nothing is read from someone refused, so the answer is to no request: its id is 0. */
  private void refuse(UnixSocketChannel channel, String reason) throws IOException {
    try (channel) {
      write(channel, new Answer.Last(0, reason, Session.operational(operator.hostName())));
    }
  }

  private void serve(Connection connection) {
    try (connection) {
      UnixSocketChannel channel = connection.channel;
      Credentials caller = channel.getOption(UnixSocketOptions.SO_PEERCRED);
      PeerCredentials.Role role =
          PeerCredentials.roleOf(caller.getPid(), caller.getUid(), caller.getGid());
      if (role == PeerCredentials.Role.NONE) {
        LOG.warn("CONTROL_REFUSED uid={} pid={}", caller.getUid(), caller.getPid());
        write(
            channel,
            new Answer.Last(
                0,
                "permission denied: be root or in group culvert (or culvert-view, to look)",
                Session.operational(operator.hostName())));
        return;
      }
      String user = PeerCredentials.userOf(caller.getPid(), caller.getUid());
      try (OperatorSession session = operator.open(user, role == PeerCredentials.Role.CONFIGURE)) {
        new SessionLoop(connection, session).read();
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("CONTROL_SESSION_ENDED reason={}", e.toString());
    } finally {
      open.remove(connection);
      sessions.release();
    }
  }

  /**
   * An operator's connection. Its descriptor's number may be another's as soon as it is closed, so
   * that only the thread that reads from it closes it, and nobody touches it afterwards.
   */
  private static final class Connection implements AutoCloseable {
    final UnixSocketChannel channel;
    private boolean closed;

    Connection(UnixSocketChannel channel) {
      this.channel = channel;
    }

    /** Whoever reads or writes comes back at once. Safe from any thread. */
    synchronized void end() throws IOException {
      if (!closed) {
        channel.shutdownInput();
        channel.shutdownOutput();
      }
    }

    @Override
    public synchronized void close() throws IOException {
      closed = true;
      channel.close();
    }
  }

  /** One operator's connection. */
  private static final class SessionLoop {
    private final Connection connection;
    private final UnixSocketChannel channel;
    private final OperatorSession session;
    private final LinkedBlockingQueue<Request> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final AtomicInteger cancelledId = new AtomicInteger(-1);
    private volatile boolean gone;

    SessionLoop(Connection connection, OperatorSession session) {
      this.connection = connection;
      this.channel = connection.channel;
      this.session = session;
    }

    void read() throws IOException {
      Thread answerer = Thread.ofPlatform().daemon().name("control-answer").start(this::answerAll);
      try {
        FrameDecoder frames = new FrameDecoder();
        ByteBuffer buffer = ByteBuffer.allocate(READ_SIZE);
        while (channel.read(buffer) >= 0) {
          frames.append(buffer.array(), 0, buffer.position());
          buffer.clear();
          for (Decoded<Octets> frame = frames.next(); frame != null; frame = frames.next()) {
            if (!take(frame)) {
              return;
            }
          }
        }
      } finally {
        gone = true;
        answerer.interrupt();
        endAnswer(answerer);
      }
    }

    /**
     * The caller closes the channel, whose number may be another's at once: nobody may be about to
     * write to it then. A write that waits for the operator ends with the shutdown.
     */
    private void endAnswer(Thread answerer) throws IOException {
      connection.end();
      try {
        answerer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** False ends the session: what came is not our protocol. */
    private boolean take(Decoded<Octets> frame) {
      if (!(frame instanceof Decoded.Ok<Octets>(Octets octets))
          || !(FrameCodec.decodeRequest(octets) instanceof Decoded.Ok<Request>(Request request))) {
        return false;
      }
      if (request.type() == Request.Type.CANCEL) {
        cancelledId.set(request.id());
        return true;
      }
      return waiting.offer(request);
    }

    private void answerAll() {
      try {
        while (!gone) {
          answer(waiting.take());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (UncheckedIOException e) {
        LOG.debug("CONTROL_ANSWER_ENDED reason={}", e.toString());
      }
    }

    private void answer(Request request) {
      AnswerStream answer = new AnswerStream(request.id(), part -> write(channel, part));
      @Nullable String error = guarded(request, answer);
      answer.finish(error, session.state());
    }

    private @Nullable String guarded(Request request, AnswerStream answer) {
      try {
        switch (request.type()) {
          case HELLO, CANCEL -> {}
          case COMPLETE -> answer.completions(session.complete(request.text()));
          case COMMAND -> {
            return session.run(request, answer, () -> gone || cancelledId.get() == request.id());
          }
        }
        return null;
      } catch (UncheckedIOException e) {
        throw e;
      } catch (RuntimeException e) {
        LOG.error("COMMAND_FAULT command=\"{}\"", request.text(), e);
        return "internal error, see the log: " + e.getClass().getSimpleName();
      }
    }
  }

  private static void write(UnixSocketChannel channel, Answer answer) {
    ByteBuffer frame = ByteBuffer.wrap(FrameCodec.encode(answer));
    try {
      while (frame.hasRemaining()) {
        channel.write(frame);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    closing = true;
    closed.countDown();
    List<AutoCloseable> all = new ArrayList<>(List.of(listener));
    open.forEach(connection -> all.add(connection::end));
    Closing.inOrder(all.toArray(AutoCloseable[]::new));
  }
}
