package dev.culvert.lab.bench.measure;

import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.Comparator;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Numbered datagrams from one host to another at a steady pace, while something happens to the path
 * between them.
 */
public final class PacedFlow implements AutoCloseable {
  private static final int PAYLOAD = 64;

  /** Ten minutes at a thousand a second. */
  private static final int MOST_PACKETS = 600_000;

  /**
   * What became of it.
   *
   * @param longestGap packets missing in a row, at most
   */
  public record Loss(int sent, int lost, int longestGap) {}

  private final UdpFlow flow;
  private final AtomicBoolean goOn = new AtomicBoolean(true);
  private final FutureTask<UdpFlow.Outcome> run;

  private PacedFlow(UdpFlow flow, int perSecond) {
    this.flow = flow;
    this.run = new FutureTask<>(() -> flow.run(PAYLOAD, perSecond, MOST_PACKETS, goOn::get));
    Thread.ofPlatform().daemon().name("paced flow").start(run);
  }

  /** Begins to send, to that address of the other host. */
  public static PacedFlow start(
      NetworkNamespace from, NetworkNamespace to, String address, int perSecond) {
    return new PacedFlow(UdpFlow.between(from, to, address), perSecond);
  }

  /** Ends it, and waits for what is still under way. */
  public Loss stop() {
    goOn.set(false);
    try {
      UdpFlow.Outcome outcome = run.get();
      int longest =
          outcome.log().gaps(outcome.sent().numbers()).stream()
              .map(SequenceLog.Gap::count)
              .max(Comparator.naturalOrder())
              .orElse(0);
      // What this machine's kernel refused has not arrived either.
      int numbers = outcome.sent().numbers();
      return new Loss(numbers, numbers - outcome.log().arrived(), longest);
    } catch (ExecutionException e) {
      throw new LabException("cannot send: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while packets are sent", e);
    }
  }

  @Override
  public void close() {
    goOn.set(false);
    flow.close();
  }
}
