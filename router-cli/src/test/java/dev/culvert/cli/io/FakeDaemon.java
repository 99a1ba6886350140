package dev.culvert.cli.io;

import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Element;
import dev.culvert.cli.protocol.FrameCodec;
import dev.culvert.cli.protocol.FrameDecoder;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/**
 * A daemon of a few commands on a real control socket, one connection at a time: {@code show
 * numbers} (200 lines), {@code show forever} (until cancelled), {@code show routes}, {@code show
 * configuration}, {@code configure}/{@code exit}, {@code load … terminal} and {@code crash}.
 */
public final class FakeDaemon implements AutoCloseable {
  private static final String HOST = "branch";

  private final UnixServerSocketChannel server;
  private final Path runDir;
  private final AtomicInteger cancels = new AtomicInteger();
  private Session session = Session.operational(HOST);

  private FakeDaemon(Path runDir, UnixServerSocketChannel server) {
    this.runDir = runDir;
    this.server = server;
  }

  public static FakeDaemon start(Path runDir) throws IOException {
    Files.createDirectories(runDir);
    UnixServerSocketChannel server = UnixServerSocketChannel.open();
    server.socket().bind(new UnixSocketAddress(runDir.resolve("control.sock").toFile()));
    FakeDaemon daemon = new FakeDaemon(runDir, server);
    Thread.ofPlatform().daemon().name("fake-daemon").start(daemon::acceptAll);
    return daemon;
  }

  /** For trying the shell by hand: {@code FakeDaemon RUN_DIR}. */
  public static void main(String[] args) throws Exception {
    try (FakeDaemon daemon = start(Path.of(args[0]))) {
      System.in.read();
    }
  }

  int cancels() {
    return cancels.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(runDir.resolve("control.sock"));
  }

  private void acceptAll() {
    try {
      while (true) {
        try (UnixSocketChannel channel = server.accept()) {
          session = Session.operational(HOST);
          serve(channel);
        }
      }
    } catch (IOException e) {
      // Closed by the test.
    }
  }

  private void serve(UnixSocketChannel channel) throws IOException {
    FrameDecoder decoder = new FrameDecoder();
    while (true) {
      Request request = next(channel, decoder);
      if (request == null) {
        return;
      }
      switch (request.type()) {
        case HELLO -> stream(channel, request).finish(null, session);
        case COMPLETE -> complete(stream(channel, request), request.text());
        case CANCEL -> cancels.incrementAndGet();
        case COMMAND -> {
          if (request.text().equals("crash")) {
            return;
          }
          command(channel, decoder, request);
        }
      }
    }
  }

  private static Request next(UnixSocketChannel channel, FrameDecoder decoder) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (true) {
      Decoded<Octets> frame = decoder.next();
      if (frame instanceof Decoded.Ok<Octets>(Octets octets)) {
        return ((Decoded.Ok<Request>) FrameCodec.decodeRequest(octets)).value();
      }
      buffer.clear();
      int count = channel.read(buffer);
      if (count <= 0) {
        return null;
      }
      decoder.append(buffer.array(), 0, count);
    }
  }

  private static AnswerStream stream(UnixSocketChannel channel, Request request) {
    return new AnswerStream(request.id(), answer -> write(channel, answer));
  }

  private static void write(UnixSocketChannel channel, Answer answer) {
    try {
      ByteBuffer frame = ByteBuffer.wrap(FrameCodec.encode(answer));
      while (frame.hasRemaining()) {
        channel.write(frame);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void complete(AnswerStream answer, String line) {
    List<Completion> words =
        line.startsWith("show ")
            ? List.of(
                Completion.word("configuration", "Show the configuration"),
                Completion.word("forever", "Show lines until stopped"),
                Completion.word("numbers", "Show two hundred lines"),
                Completion.word("routes", "Show routes"))
            : List.of(
                Completion.word("configure", "Edit the configuration"),
                Completion.word("show", "Show information"));
    String partial = line.substring(line.lastIndexOf(' ') + 1);
    answer.completions(words.stream().filter(w -> w.word().startsWith(partial)).toList());
    answer.finish(null, session);
  }

  private void command(UnixSocketChannel channel, FrameDecoder decoder, Request request)
      throws IOException {
    AnswerStream answer = stream(channel, request);
    String error = null;
    switch (request.text()) {
      case "show numbers" -> {
        for (int i = 1; i <= 200; i++) {
          answer.line("line " + i);
        }
      }
      case "show forever" -> {
        answer.line("begun");
        answer.flush();
        // Nothing but a cancel can follow on this connection.
        Request cancel = next(channel, decoder);
        if (cancel == null) {
          return;
        }
        cancels.incrementAndGet();
        error = "interrupted";
      }
      case "show escape" -> answer.line("a\u001b[2Jb");
      case "show routes" -> routes(answer, request.format());
      case "show configuration" -> answer.line("/* " + request.format() + " */");
      case "configure" -> session = Session.configuration(HOST, "");
      case "exit" -> session = Session.operational(HOST);
      case "load override terminal" -> answer.line("loaded " + request.input());
      default -> error = "error: unknown command: " + request.text();
    }
    answer.finish(error, session);
  }

  private static void routes(AnswerStream answer, Request.Format format) {
    if (format == Request.Format.TEXT) {
      answer.line("10.1.0.0/16        *[Static/5] 00:00:01");
      answer.line("10.2.0.0/16        *[OSPF/10] 00:00:02");
      return;
    }
    answer.open(Element.empty("route-information"));
    answer.open(Element.of("route-table", Element.leaf("table-name", "inet.0")));
    answer.element(Element.of("rt", Element.leaf("rt-destination", "10.1.0.0/16")));
    answer.element(Element.of("rt", Element.leaf("rt-destination", "10.2.0.0/16")));
    answer.close();
    answer.close();
  }
}
