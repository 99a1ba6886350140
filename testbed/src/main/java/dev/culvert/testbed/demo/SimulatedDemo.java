package dev.culvert.testbed.demo;

import java.io.PrintStream;

/** The two routers of the demonstration in virtual time. */
public final class SimulatedDemo {
  private SimulatedDemo() {}

  /** Runs it; returns the exit status. */
  public static int run(PrintStream out) {
    out.println("the simulated demo is not part of this build");
    return 1;
  }
}
