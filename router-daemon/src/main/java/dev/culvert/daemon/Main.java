package dev.culvert.daemon;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.configuration.StateDirectory;
import dev.culvert.daemon.process.ConfigurationFile;
import dev.culvert.daemon.process.ConfigurationLoader;
import dev.culvert.daemon.process.HeapKeeper;
import dev.culvert.daemon.process.RouterProcess;
import dev.culvert.daemon.process.RunDirectory;
import dev.culvert.daemon.process.ServiceManager;
import dev.culvert.daemon.process.Signals;
import dev.culvert.daemon.process.WarmUp;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.tun.NamespaceLock;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
      return check(arguments, err);
    }
    WarmUp warmUp = WarmUp.begin();
    return serve(arguments, warmUp, err);
  }

  /** What was to be confirmed, and was not before the router ended, is not what it starts with. */
  private static void takeBackUnconfirmed(StateDirectory disk) {
    try {
      ConfigurationStore.recover(disk, InstantSource.system().instant());
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_ROLLED_BACK reason={}", FileErrors.reason(e));
    }
  }

  private static void later(Duration delay, Runnable what) {
    CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS).execute(what);
  }

  private static int check(Arguments arguments, PrintStream err) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigurationFile.read(arguments.config(), diagnostics);
    diagnostics.findings().forEach(err::println);
    return diagnostics.hasErrors() ? 1 : 0;
  }

  private static int serve(Arguments arguments, WarmUp warmUp, PrintStream err) {
    // Nothing is touched, the configuration file neither, before it is certain that no other does.
    try (RunDirectory runDirectory = RunDirectory.take(arguments.runDirectory());
        NamespaceLock alone = NamespaceLock.take()) {
      if (alone.squatter() != null) {
        LOG.warn("NAMESPACE_NOT_LOCKED taken-by={}", alone.squatter());
      }
      StateDirectory disk = new StateDirectory(arguments.config(), arguments.stateDirectory());
      takeBackUnconfirmed(disk);
      ConfigurationLoader loader =
          new ConfigurationLoader(
              arguments.config(), arguments.stateDirectory(), InstantSource.system());
      Optional<RouterConfig> config = loader.first(err::println);
      if (config.isEmpty()) {
        return 1;
      }
      run(arguments, runDirectory, disk, loader, config.get(), warmUp);
      return 0;
    } catch (IOException e) {
      err.println("culvertd: " + FileErrors.reason(e));
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void run(
      Arguments arguments,
      RunDirectory runDirectory,
      StateDirectory disk,
      ConfigurationLoader loader,
      RouterConfig config,
      WarmUp warmUp)
      throws IOException, InterruptedException {
    // A router that fails half-way is closed too: its routes and devices must not stay behind.
    try (RouterProcess router = new RouterProcess(config, loader, arguments.stateDirectory())) {
      Signals signals = new Signals();
      // A file that is to be read again while the first is taken into force waits for that.
      CompletableFuture<ConfigurationStore> started = new CompletableFuture<>();
      signals.onReload(() -> started.join().reload("root"));
      signals.onStop(router::stopWaiting);
      warmUp.routerStarts();
      router.start();
      ConfigurationStore store =
          new ConfigurationStore(disk, router, InstantSource.system(), Main::later);
      started.complete(store);
      if (router.awaitReady()) {
        router.openControl(runDirectory.controlSocket(), store);
        loader.keep(router.committed());
        LOG.info("SYSTEM_READY host-name={}", router.committed().system().hostName());
        ServiceManager.ready();
        HeapKeeper.start();
      }
      signals.awaitStop();
    }
  }
}
