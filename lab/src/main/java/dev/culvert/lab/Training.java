package dev.culvert.lab;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.configuration.StateDirectory;
import dev.culvert.daemon.process.ConfigurationFile;
import dev.culvert.daemon.process.ConfigurationLoader;
import dev.culvert.daemon.process.RouterProcess;
import dev.culvert.daemon.process.WarmUp;
import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.testbed.demo.SimulatedDemo;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What the router's start-up cache is made from: two complete routers in virtual time, and the data
 * path at work, which need no privileges and no network; and a router as it starts in earnest,
 * where the launcher has made a network namespace for it.
 */
public final class Training {
  /** One of everything that a router begins with. Nobody answers it. */
  private static final String CONFIGURATION =
      """
      system { host-name training; services { metrics { listen 127.0.0.1:9177; } } }
      interfaces {
        lo0 { unit 0 { family inet { address 192.0.2.1/32; } } }
        st0 { unit 0 { family inet { address 10.0.0.1/30; } } }
      }
      routing-options {
        router-id 192.0.2.1;
        static { route 10.9.0.0/16 next-hop st0.0; }
      }
      protocols { ospf { area 0.0.0.0 { interface st0.0; } } }
      security {
        ike {
          proposal p {
            authentication-method pre-shared-keys;
            dh-group group19;
            encryption-algorithm aes-256-gcm;
            prf hmac-sha2-256;
          }
          policy p { proposals p; pre-shared-key ascii-text "of a router nobody talks to"; }
          gateway g { ike-policy p; address 198.51.100.1; external-interface lo0.0; version v2-only; }
        }
        ipsec {
          proposal p { protocol esp; encryption-algorithm aes-256-gcm; }
          policy p { proposals p; }
          vpn v {
            bind-interface st0.0;
            ike { gateway g; ipsec-policy p; }
            establish-tunnels immediately;
          }
        }
      }
      """;

  private Training() {}

  /**
   * @param arguments a folder for a router's files, if this process has a network of its own
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int status = arguments.length == 0 ? trainAlone() : trainBesideRouter(Path.of(arguments[0]));
    System.exit(status);
  }

  private static int trainBesideRouter(Path folder) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("training.conf"), CONFIGURATION);
    Diagnostics diagnostics = new Diagnostics();
    ConfigurationLoader loader = new ConfigurationLoader(file, folder, InstantSource.system());
    try (RouterProcess router =
        new RouterProcess(ConfigurationFile.read(file, diagnostics), loader, folder)) {
      router.start();
      router.awaitReady();
      router.openControl(
          folder.resolve("training.sock"),
          new ConfigurationStore(
              new StateDirectory(file, folder), router, InstantSource.system(), (in, what) -> {}));
      WarmUp.rehearse(LibCryptoAeadProvider.best());
      return simulate();
    }
  }

  private static int trainAlone() {
    Rehearsal.run(LibCryptoAeadProvider.best(), Rehearsal.ROUNDS, () -> false);
    return simulate();
  }

  private static int simulate() {
    try (PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      return SimulatedDemo.run(nowhere);
    }
  }
}
