package dev.culvert.tun.nftables;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * nftables by the program {@code nft}, a process for each document, where the library is absent.
 * One thread owns it, and waits for the process, but not for ever.
 */
public final class NftProgram implements NftablesPort {
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/sbin/nft"),
          Path.of("/usr/bin/nft"),
          Path.of("/sbin/nft"),
          Path.of("/usr/local/sbin/nft"));

  /** Ten thousand policies take a few seconds on a slow machine. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(1);

  /** A listing of ten thousand policies is a few megabytes. */
  private static final int MAX_OUTPUT = 64 << 20;

  /** What it ends with if it, or the kernel, does not want the document. */
  private static final int REFUSED = 1;

  private final Path program;
  private final Duration timeLimit;
  private final int maxOutput;

  NftProgram(Path program, Duration timeLimit, int maxOutput) {
    this.program = program;
    this.timeLimit = timeLimit;
    this.maxOutput = maxOutput;
  }

  /** Empty where the program is not installed. */
  public static Optional<NftablesPort> open() {
    return PLACES.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .map(path -> new NftProgram(path, TIME_LIMIT, MAX_OUTPUT));
  }

  @Override
  public NftResult apply(String json) {
    return checked(json, List.of());
  }

  @Override
  public NftResult applyCommands(String commands) {
    return run(commands, List.of());
  }

  @Override
  public NftResult check(String json) {
    return checked(json, List.of("-c"));
  }

  private NftResult checked(String json, List<String> options) {
    String fault = JsonText.fault(json);
    if (fault != null) {
      return new NftResult.Refused(fault);
    }
    // As the library is told: JSON, handles, numbers for protocols, priorities and symbols.
    List<String> all = new ArrayList<>(List.of("-j", "-a", "-n"));
    all.addAll(options);
    return run(json, all);
  }

  private NftResult run(String text, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(options);
    command.addAll(List.of("-f", "-"));
    Process process;
    try {
      process = new ProcessBuilder(command).start();
    } catch (IOException e) {
      return new NftResult.Unavailable("cannot run " + program + ": " + e.getMessage());
    }
    try {
      return converse(process, text);
    } finally {
      process.destroyForcibly();
    }
  }

  /** It may write before it has read everything, so each of its ends has a thread. */
  private NftResult converse(Process process, String text) {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    FutureTask<String> output = start("nft output", () -> read(process.getInputStream()));
    FutureTask<String> errors = start("nft errors", () -> read(process.getErrorStream()));
    FutureTask<Boolean> input =
        start(
            "nft input",
            () -> {
              write(process.getOutputStream(), text);
              return true;
            });
    try {
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return new NftResult.Unavailable(
            program + " did not end within " + timeLimit.toSeconds() + " s");
      }
      String said = output.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      String complaint = errors.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return switch (process.exitValue()) {
        case 0 -> {
          // Without its end a document may have passed for an empty one.
          input.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          yield new NftResult.Done(said);
        }
        case REFUSED -> new NftResult.Refused(NftErrors.reason(complaint));
        default -> new NftResult.Unavailable(program + " ended with " + process.exitValue());
      };
    } catch (TimeoutException | ExecutionException e) {
      return new NftResult.Unavailable(program + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new NftResult.Unavailable("interrupted while " + program + " was running");
    }
  }

  private static <T> FutureTask<T> start(String name, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().name(name).start(task);
    return task;
  }

  private String read(InputStream stream) throws IOException {
    try (stream) {
      byte[] octets = stream.readNBytes(maxOutput);
      if (octets.length == maxOutput) {
        throw new IOException("more than " + maxOutput + " octets of output");
      }
      return new String(octets, StandardCharsets.UTF_8);
    }
  }

  private static void write(OutputStream stream, String json) throws IOException {
    try (stream) {
      stream.write(json.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public String description() {
    return program.toString();
  }

  @Override
  public void close() {
    // Nothing runs between two documents.
  }
}
