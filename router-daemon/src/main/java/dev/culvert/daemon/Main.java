package dev.culvert.daemon;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.daemon.io.ConfigurationFile;
import dev.culvert.daemon.io.ReadinessNotice;
import dev.culvert.daemon.io.RouterProcess;
import dev.culvert.daemon.io.RunDirectory;
import dev.culvert.daemon.io.Signals;
import dev.culvert.daemon.io.WarmUp;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.tun.NamespaceLock;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code culvertd}: see {@link Arguments#USAGE}. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments, System.err));
  }

  /** The exit status: 0 for a good check or an orderly stop, 1 otherwise. */
  static int run(String[] words, PrintStream err) {
    Arguments arguments;
    try {
      arguments = Arguments.parse(words);
    } catch (IllegalArgumentException e) {
      err.println("culvertd: " + e.getMessage());
      err.println(Arguments.USAGE);
      return 1;
    }
    if (arguments.checkOnly()) {
      return load(arguments, err).isPresent() ? 0 : 1;
    }
    WarmUp warmUp = WarmUp.begin();
    return load(arguments, err).map(config -> serve(arguments, config, warmUp, err)).orElse(1);
  }

  private static Optional<RouterConfig> load(Arguments arguments, PrintStream err) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = ConfigurationFile.read(arguments.config(), diagnostics);
    diagnostics.findings().forEach(err::println);
    return diagnostics.hasErrors() ? Optional.empty() : Optional.of(config);
  }

  private static int serve(
      Arguments arguments, RouterConfig config, WarmUp warmUp, PrintStream err) {
    // A router that fails half-way is closed too: its routes and devices must not stay behind.
    try (RunDirectory runDirectory = RunDirectory.take(arguments.runDirectory());
        NamespaceLock alone = NamespaceLock.take();
        RouterProcess router = new RouterProcess(config, arguments.stateDirectory())) {
      if (alone.squatter() != null) {
        LOG.warn("NAMESPACE_NOT_LOCKED taken-by={}", alone.squatter());
      }
      Signals signals = new Signals();
      signals.onReload(() -> load(arguments, err).ifPresent(c -> commit(arguments, router, c)));
      signals.onStop(router::stopWaiting);
      warmUp.routerStarts();
      router.start();
      if (router.awaitReady()) {
        router.openControl(runDirectory.controlSocket());
        saveActive(arguments, router);
        LOG.info("SYSTEM_READY host-name={}", router.committed().system().hostName());
        ReadinessNotice.send();
      }
      signals.awaitStop();
      return 0;
    } catch (IOException e) {
      err.println("culvertd: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** What is in force by now: the file may be read again while the router starts. */
  private static synchronized void saveActive(Arguments arguments, RouterProcess router)
      throws IOException {
    ConfigurationFile.saveActive(arguments.stateDirectory(), router.committed());
  }

  private static void commit(Arguments arguments, RouterProcess router, RouterConfig config) {
    router.commit(config);
    LOG.info("CONFIGURATION_RELOADED file={}", arguments.config());
    try {
      saveActive(arguments, router);
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_SAVED reason={}", e.toString());
    }
  }
}
