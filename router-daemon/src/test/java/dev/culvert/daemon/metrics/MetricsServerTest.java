package dev.culvert.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private static final Endpoint ANYWHERE = new Endpoint(Ipv4Address.of("127.0.0.1"), 0);

  private final List<String> made = new CopyOnWriteArrayList<>();
  private final MetricsServer server = new MetricsServer(this::source);

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
