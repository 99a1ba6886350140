package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.engine.config.RouterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationLoaderTest {
  private static final String GOOD = "system { host-name first; }\n";
  private static final String BAD = "system { host-name second; }\nprotocolls { }\n";

  @TempDir Path directory;
  private Path file;
  private Path state;
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final List<String> findings = new ArrayList<>();
  private final List<RouterConfig> committed = new ArrayList<>();

  @BeforeEach
  void aFolderForEach() {
    file = directory.resolve("culvert.conf");
    state = directory.resolve("state");
  }

  @Test
  void aGoodFileIsWhatTheRouterStartsWith() throws IOException {
    ConfigurationLoader loader = loader(GOOD);
    assertThat(loader.first(findings::add))
        .map(ConfigurationLoaderTest::hostName)
        .hasValue("first");
    assertThat(findings).isEmpty();
    assertThat(loader.state()).isEqualTo(new ConfigurationState(file, now, null, null));
  }

  @Test
  void aFileRefusedAtBootIsReplacedByTheLastConfigurationThatWasInForce() throws IOException {
    ConfigurationLoader before = loader(GOOD);
    before.keep(before.first(findings::add).orElseThrow());

    ConfigurationLoader loader = loader(BAD);
    assertThat(loader.first(findings::add))
        .map(ConfigurationLoaderTest::hostName)
        .hasValue("first");

    assertThat(findings).isEmpty();
    assertThat(loader.state().isSuccessful()).isFalse();
    assertThat(loader.state().refusal()).startsWith(file + ":2: []");
    assertThat(loader.state().fallback()).isEqualTo(state.resolve("active.conf"));
  }

  /** What a full disk or a lost supply leaves of a file. */
  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "/* nothing but words */\n# and more\n", "\0\0\0\0"})
  void aFileWithoutAStatementIsNoConfiguration(String text) throws IOException {
    ConfigurationLoader before = loader(GOOD);
    before.keep(before.first(findings::add).orElseThrow());

    ConfigurationLoader loader = loader(text);
    assertThat(loader.first(findings::add))
        .map(ConfigurationLoaderTest::hostName)
        .hasValue("first");
    assertThat(loader.reload(this::commit)).isNotEmpty();

    assertThat(committed).isEmpty();
    assertThat(loader.state().isSuccessful()).isFalse();
    assertThat(state.resolve("active.conf")).content().contains("first");
  }

  @Test
  void withoutOneThatWasInForceTheFindingsAreAllThereIs() throws IOException {
    assertThat(loader(BAD).first(findings::add)).isEmpty();
    assertThat(findings).singleElement().asString().startsWith(file + ":2: []");
  }

  @Test
  void aMistypedNameIsNotReplaced() throws IOException {
    ConfigurationLoader before = loader(GOOD);
    before.keep(before.first(findings::add).orElseThrow());
    Files.delete(file);

    assertThat(new ConfigurationLoader(file, state, () -> now).first(findings::add)).isEmpty();
    assertThat(findings).singleElement().asString().contains("no such file");
  }

  @Test
  void aRefusedReloadChangesNothingAndIsRemembered() throws IOException {
    ConfigurationLoader loader = loader(GOOD);
    loader.keep(loader.first(findings::add).orElseThrow());
    now = now.plusSeconds(60);
    Files.writeString(file, BAD);

    assertThat(loader.reload(this::commit)).singleElement().asString().startsWith(file + ":2: []");

    assertThat(committed).isEmpty();
    assertThat(loader.state().isSuccessful()).isFalse();
    assertThat(loader.state().readAt()).isEqualTo(now);
    assertThat(state.resolve("active.conf")).content().contains("first");
  }

  @Test
  void aGoodReloadIsCommittedKeptAndEndsTheFallback() throws IOException {
    ConfigurationLoader before = loader(GOOD);
    before.keep(before.first(findings::add).orElseThrow());
    ConfigurationLoader loader = loader(BAD);
    assertThat(loader.first(findings::add)).isPresent();
    Files.writeString(file, "system { host-name third; }\n");

    assertThat(loader.reload(this::commit)).isEmpty();

    assertThat(committed).singleElement().extracting(c -> hostName(c)).isEqualTo("third");
    assertThat(loader.state()).isEqualTo(new ConfigurationState(file, now, null, null));
    assertThat(state.resolve("active.conf")).content().contains("third");
  }

  @Test
  void whatTheKernelRefusesIsARefusedReload() throws IOException {
    ConfigurationLoader loader = loader(GOOD);
    loader.keep(loader.first(findings::add).orElseThrow());
    now = now.plusSeconds(60);
    Files.writeString(file, "system { host-name third; }\n");

    assertThat(loader.reload(config -> Optional.of("no room for the ruleset")))
        .containsExactly(file + ":1: [security] no room for the ruleset");

    assertThat(loader.state().isSuccessful()).isFalse();
    assertThat(loader.state().readAt()).isEqualTo(now);
    assertThat(state.resolve("active.conf")).content().contains("first");
  }

  private Optional<String> commit(RouterConfig config) {
    committed.add(config);
    return Optional.empty();
  }

  private ConfigurationLoader loader(String text) throws IOException {
    Files.writeString(file, text);
    return new ConfigurationLoader(file, state, () -> now);
  }

  private static String hostName(RouterConfig config) {
    return config.system().hostName();
  }
}
