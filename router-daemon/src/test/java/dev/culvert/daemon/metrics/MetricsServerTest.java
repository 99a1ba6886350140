package dev.culvert.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.daemon.problem.Problems;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private static final Endpoint ANYWHERE = new Endpoint(Ipv4Address.of("127.0.0.1"), 0);

  private static final String REQUEST = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

  /** More than a connection's buffers take. */
  private static final int LARGE_PAGE = 32 << 20;

  private final List<String> made = new CopyOnWriteArrayList<>();
  private final Problems problems = new Problems();
  private final MetricsServer server = serverOf(this::source);

  private MetricsServer serverOf(Supplier<MetricsServer.Source> sources) {
    return new MetricsServer(sources, problems.of("metrics", "Metrics port"));
  }

  private MetricsServer.Source source() {
    made.add("source");
    return accept -> new MetricsPage("text/plain", "accepts " + accept + "\n");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private HttpURLConnection ask(String method, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + server.port() + path).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("Accept", "text/x");
    return connection;
  }

  @Test
  void nothingIsMadeBeforeItListens() {
    server.listen(null);

    assertThat(made).isEmpty();
  }

  @Test
  void everyScrapeGetsThePageOfTheOneSource() throws IOException {
    server.listen(ANYWHERE);

    for (int i = 0; i < 2; i++) {
      HttpURLConnection scrape = ask("GET", "/metrics?x=y");
      assertThat(scrape.getResponseCode()).isEqualTo(200);
      assertThat(scrape.getContentType()).isEqualTo("text/plain");
      assertThat(new String(scrape.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("accepts text/x\n");
    }
    assertThat(made).hasSize(1);
  }

  /** Whoever has the port, or an address that is only to come. */
  @Test
  void anAddressThatIsRefusedIsAProblemUntilItIsToBeHad() throws IOException {
    Endpoint taken;
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      taken = new Endpoint(Ipv4Address.of("127.0.0.1"), other.getLocalPort());
      server.listen(taken);
      while (problems.all().isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(problems.all()).containsOnlyKeys("Metrics port " + taken);
    }
    while (!problems.all().isEmpty()) {
      Thread.onSpinWait();
    }

    assertThat(server.port()).isEqualTo(taken.port());
    assertThat(ask("GET", "/metrics").getResponseCode()).isEqualTo(200);
    assertThat(problems.errors().get("metrics")).isPositive();
  }

  @Test
  void anAddressThatIsNotWantedAnyMoreIsNoProblem() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.listen(new Endpoint(Ipv4Address.of("127.0.0.1"), other.getLocalPort()));
      while (problems.all().isEmpty()) {
        Thread.onSpinWait();
      }
      server.listen(null);
      assertThat(problems.all()).isEmpty();
    }
  }

  @Test
  void aClientThatPipelinesAndDoesNotReadCostsOnePage() throws IOException {
    AtomicInteger rendered = new AtomicInteger();
    try (MetricsServer large =
        serverOf(() ->
            accept -> {
              rendered.incrementAndGet();
              return new MetricsPage("text/plain", "x".repeat(LARGE_PAGE));
            })) {
      large.listen(ANYWHERE);
      try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), large.port());
          Socket reader = new Socket(InetAddress.getLoopbackAddress(), large.port())) {
        try {
          idle.getOutputStream().write(REQUEST.repeat(10_000).getBytes(StandardCharsets.US_ASCII));
        } catch (SocketException e) {
          assertThat(e).hasMessageMatching("Connection reset.*|Broken pipe");
        }
        // The server has one thread: once this page is here, it has read what it would.
        reader.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
        assertThat(reader.getInputStream().readAllBytes()).hasSizeGreaterThan(LARGE_PAGE);
        assertThat(rendered).hasValue(2);
      }
    }
  }

  @Test
  void ofManyRequestsReadAtOnceTheFirstIsAnsweredAndTheConnectionClosed() {
    EmbeddedChannel channel = new EmbeddedChannel();
    server.serve(channel);

    channel.writeInbound(Unpooled.copiedBuffer(REQUEST.repeat(10_000), StandardCharsets.US_ASCII));

    ByteBuf answers = Unpooled.buffer();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      answers.writeBytes(part);
      part.release();
    }
    assertThat(answers.toString(StandardCharsets.US_ASCII))
        .containsOnlyOnce("HTTP/1.1 200 OK")
        .contains("connection: close")
        .endsWith("accepts null\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aConnectionThatNeverFinishesItsRequestEnds() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    server.serve(channel);
    for (int second = 0; second < 60; second++) {
      assertThat(channel.isOpen()).isTrue();
      channel.writeInbound(Unpooled.copiedBuffer("G", StandardCharsets.US_ASCII));
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void othersAreToldWhatThereIs() throws IOException {
    server.listen(ANYWHERE);

    assertThat(ask("GET", "/").getResponseCode()).isEqualTo(404);
    assertThat(ask("DELETE", "/metrics").getResponseCode()).isEqualTo(405);
  }

  @Test
  void anotherAddressTakesThePlaceOfTheFirst() throws IOException {
    server.listen(ANYWHERE);
    int first = server.port();

    server.listen(new Endpoint(Ipv4Address.of("127.0.0.2"), first));

    assertThat(server.port()).isEqualTo(first);
    HttpURLConnection scrape =
        (HttpURLConnection)
            URI.create("http://127.0.0.2:" + first + "/metrics").toURL().openConnection();
    assertThat(scrape.getResponseCode()).isEqualTo(200);
    assertThat(made).hasSize(1);
  }
}
