package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Commands of others, in the network namespace of the calling thread. */
public final class Shell {
  private Shell() {}

  /** Runs them until one fails, which fails the test; returns what they write. */
  public static String run(String commands) {
    try {
      Process process =
          new ProcessBuilder("bash", "-ec", commands).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
