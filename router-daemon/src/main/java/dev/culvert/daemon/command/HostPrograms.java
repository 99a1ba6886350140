package dev.culvert.daemon.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Programs of the machine that answer an operator's question, such as {@code ping}. */
@FunctionalInterface
interface HostPrograms {
  /**
   * Runs a program to its end, or until the operator has lost interest; it never outlives the call.
   *
   * @param command the program and its arguments, each as it is: no shell reads them
   * @param lines of both its outputs, each as soon as it is there
   * @throws IOException if it cannot be started
   */
  void run(List<String> command, Consumer<String> lines, BooleanSupplier cancelled)
      throws IOException, InterruptedException;

  /** How often an idle program is looked at for its end, and for the operator's. */
  long POLL_MILLIS = 50;

  /** The machine's own. */
  static HostPrograms ofMachine() {
    return (command, lines, cancelled) -> {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (BufferedReader output = process.inputReader()) {
        process.getOutputStream().close();
        while (!cancelled.getAsBoolean() && !process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          while (output.ready() && !cancelled.getAsBoolean()) {
            String line = output.readLine();
            if (line != null) {
              lines.accept(line);
            }
          }
        }
        if (!process.isAlive()) {
          output.lines().forEach(lines);
        }
      } finally {
        process.destroyForcibly();
      }
    };
  }
}
