package dev.culvert.lab;

import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.testbed.demo.SimulatedDemo;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What the router's start-up cache is made from: two complete routers in virtual time, and the data
 * path at work. Needs no privileges and no network.
 */
public final class Training {
  private Training() {}

  public static void main(String[] arguments) {
    Rehearsal.run(LibCryptoAeadProvider.best(), Rehearsal.ROUNDS, () -> false);
    try (PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      System.exit(SimulatedDemo.run(nowhere));
    }
  }
}
