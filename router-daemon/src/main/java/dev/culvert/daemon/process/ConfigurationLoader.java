package dev.culvert.daemon.process;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.core.config.Diagnostics.Severity;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration file when the router starts and whenever it is asked to, keeps what was
 * good, and knows what became of the last reading. A file that is refused changes nothing. Safe to
 * share.
 */
public final class ConfigurationLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationLoader.class);

  private final Path file;
  private final Path stateDirectory;
  private final InstantSource clock;
  private volatile ConfigurationState state;

  public ConfigurationLoader(Path file, Path stateDirectory, InstantSource clock) {
    this.file = file;
    this.stateDirectory = stateDirectory;
    this.clock = clock;
    this.state = new ConfigurationState(file, clock.instant(), null, null);
  }

  /**
   * The configuration to start with. One that is refused at boot must not leave a site without its
   * router: the last one that was in force takes its place, and the log says so as an error. A file
   * that does not exist is a mistyped name, and not replaced.
   *
   * @param findings where the findings about the file go, a line each
   * @return nothing if there is none to start with
   */
  public Optional<RouterConfig> first(Consumer<String> findings) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = ConfigurationFile.read(file, diagnostics);
    if (!diagnostics.hasErrors()) {
      log(diagnostics.findings());
      return Optional.of(config);
    }
    Optional<RouterConfig> last =
        Files.exists(file) ? ConfigurationFile.readActive(stateDirectory) : Optional.empty();
    if (last.isEmpty()) {
      diagnostics.findings().forEach(f -> findings.accept(f.toString()));
      return last;
    }
    refused(diagnostics.findings(), ConfigurationFile.activeIn(stateDirectory));
    LOG.error(
        "CONFIGURATION_FALLBACK refused={} in-force={}",
        file,
        ConfigurationFile.activeIn(stateDirectory));
    return last;
  }

  /**
   * Reads the file again and hands it on if it is good.
   *
   * @param commit puts it in force, or says why the kernel refuses it
   * @return the findings that are errors, a line each; empty if the file is in force
   */
  public synchronized List<String> reload(Function<RouterConfig, Optional<String>> commit) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = ConfigurationFile.read(file, diagnostics);
    if (diagnostics.hasErrors()) {
      refused(diagnostics.findings(), state.fallback());
      return errors(diagnostics.findings()).stream().map(Finding::toString).toList();
    }
    log(diagnostics.findings());
    Optional<String> refusal = commit.apply(config);
    if (refusal.isPresent()) {
      Finding finding = ofKernel(refusal.get());
      refused(List.of(finding), state.fallback());
      return List.of(finding.toString());
    }
    state = new ConfigurationState(file, clock.instant(), null, null);
    LOG.info("CONFIGURATION_RELOADED file={}", file);
    ServiceManager.tell("STATUS=");
    keep(config);
    return List.of();
  }

  /**
   * What was in force last, to start with where the kernel refuses the firewall of the first.
   *
   * @return nothing if there is none
   */
  public synchronized Optional<RouterConfig> lastInForce(String refusal) {
    Optional<RouterConfig> last = ConfigurationFile.readActive(stateDirectory);
    if (last.isPresent()) {
      refused(List.of(ofKernel(refusal)), ConfigurationFile.activeIn(stateDirectory));
      LOG.error(
          "CONFIGURATION_FALLBACK refused={} in-force={}",
          file,
          ConfigurationFile.activeIn(stateDirectory));
    }
    return last;
  }

  private Finding ofKernel(String refusal) {
    return new Finding(
        Severity.ERROR, RouterConfigReader.startOf(file.toString()), "security", refusal);
  }

  private void refused(List<Finding> findings, @Nullable Path fallback) {
    List<Finding> errors = errors(findings);
    String first = errors.getFirst().toString();
    String refusal = errors.size() == 1 ? first : first + " (and " + (errors.size() - 1) + " more)";
    state = new ConfigurationState(file, clock.instant(), refusal, fallback);
    log(findings);
    LOG.error("CONFIGURATION_REFUSED file={} errors={}", file, errors.size());
    ServiceManager.tell("STATUS=Configuration refused: " + refusal);
  }

  private static List<Finding> errors(List<Finding> findings) {
    return findings.stream().filter(f -> f.severity() == Severity.ERROR).toList();
  }

  private static void log(List<Finding> findings) {
    for (Finding finding : findings) {
      switch (finding.severity()) {
        case ERROR -> LOG.error("CONFIGURATION_ERROR {}", finding);
        case WARNING -> LOG.warn("CONFIGURATION_WARNING {}", finding);
        // For whoever checks a file; the running router has nothing to say about it.
        case NOTE -> LOG.debug("CONFIGURATION_NOTE {}", finding);
      }
    }
  }

  /** What operators have committed is in the file: it says what is in force. */
  public synchronized void committed(RouterConfig config) {
    state = new ConfigurationState(file, clock.instant(), null, null);
    ServiceManager.tell("STATUS=");
    keep(config);
  }

  /** Keeps what is in force for a start with a file that is refused. */
  public synchronized void keep(RouterConfig config) {
    try {
      ConfigurationFile.saveActive(stateDirectory, config);
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_SAVED reason={}", FileErrors.reason(e));
    }
  }

  /** What became of the file when it was read last. */
  public ConfigurationState state() {
    return state;
  }
}
