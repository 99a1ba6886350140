package dev.culvert.lab.demo;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Pings from one host to another at a fixed pace and tells which were answered: numbered datagrams
 * to the UDP echo service of RFC 862, which it provides on the other host as well. Needs no program
 * of the machine.
 */
public final class HostPinger implements AutoCloseable {
  public static final Duration INTERVAL = Duration.ofMillis(20);

  private static final int ECHO_PORT = 7;
  private static final int PROBE_SIZE = 56;

  /** An hour of probes. */
  private static final int CAPACITY = 180_000;

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(1);

  private final DatagramChannel prober;
  private final DatagramChannel echo;
  private final InetSocketAddress target;
  private final ProbeLog log = new ProbeLog(CAPACITY);
  private final AtomicInteger next = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

  private HostPinger(DatagramChannel prober, DatagramChannel echo, InetSocketAddress target) {
    this.prober = prober;
    this.echo = echo;
    this.target = target;
  }

  /**
   * Starts to ping {@code target}, an address of the host {@code to}, from the host {@code from}.
   */
  public static HostPinger start(NetworkNamespace from, NetworkNamespace to, String target) {
    DatagramChannel echo = open(to, ECHO_PORT);
    DatagramChannel prober = open(from, 0);
    InetAddress address = InetAddress.ofLiteral(target);
    HostPinger pinger = new HostPinger(prober, echo, new InetSocketAddress(address, ECHO_PORT));
    pinger.run("echo", pinger::answer);
    pinger.run("ping answers", pinger::receive);
    pinger.run("ping", pinger::send);
    return pinger;
  }

  private static DatagramChannel open(NetworkNamespace host, int port) {
    try {
      return NetworkNamespaceEntry.call(
          host.file(),
          () ->
              DatagramChannel.open(StandardProtocolFamily.INET)
                  .bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port)));
    } catch (IOException e) {
      throw new LabException("cannot open a socket " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while opening a socket", e);
    }
  }

  private interface Loop {
    void run() throws IOException;
  }

  private void run(String name, Loop loop) {
    threads.add(Thread.ofPlatform().daemon().name(name).start(() -> runToEnd(loop)));
  }

  private void runToEnd(Loop loop) {
    try {
      loop.run();
    } catch (AsynchronousCloseException e) {
      return; // close() ends each loop that waits for a datagram
    } catch (IOException e) {
      if (prober.isOpen()) {
        failure.compareAndSet(null, e);
      }
    }
  }

  private void send() throws IOException {
    ByteBuffer probe = ByteBuffer.allocateDirect(PROBE_SIZE);
    long due = System.nanoTime();
    while (prober.isOpen() && next.get() < log.capacity()) {
      int sequence = next.get();
      probe.clear().putInt(0, sequence);
      log.sent(sequence);
      prober.send(probe, target);
      next.incrementAndGet();
      due += INTERVAL.toNanos();
      long now = System.nanoTime();
      if (now - due > INTERVAL.toNanos()) {
        due = now; // This machine was busy elsewhere: go on at the pace, without a burst.
      }
      for (long wait = due - now; wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
    }
  }

  private void receive() throws IOException {
    ByteBuffer answer = ByteBuffer.allocateDirect(PROBE_SIZE);
    while (true) {
      prober.receive(answer.clear());
      if (answer.position() == PROBE_SIZE) {
        log.answered(answer.getInt(0));
      }
    }
  }

  private void answer() throws IOException {
    ByteBuffer probe = ByteBuffer.allocateDirect(PROBE_SIZE);
    while (true) {
      var sender = echo.receive(probe.clear());
      echo.send(probe.flip(), sender);
    }
  }

  /** The number of the probe that is sent next: the mark of this moment. */
  public int mark() {
    return next.get();
  }

  /** Waits until {@code count} probes in a row, all of them sent from here on, are answered. */
  public void awaitAnswers(Duration limit, int count) {
    Streak streak = new Streak(mark());
    Await.until(limit, count + " pings in a row answered", () -> streak.reaches(count));
  }

  /** The first probes after which nothing is missing up to the newest answer. */
  private final class Streak {
    private int first;

    Streak(int first) {
      this.first = first;
    }

    boolean reaches(int count) throws IOException {
      IOException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
      for (int sequence = mark() - 1; sequence >= first; sequence--) {
        boolean overdue = (mark() - sequence) > ANSWER_LIMIT.dividedBy(INTERVAL);
        if (!log.isAnswered(sequence) && (overdue || log.isAnswered(sequence + 1))) {
          first = sequence + 1;
          break;
        }
      }
      int end = first;
      while (end < mark() && log.isAnswered(end)) {
        end++;
      }
      return end - first >= count;
    }
  }

  /** What became of all probes since a mark, the last of them given the time for its answer. */
  public ProbeReport since(int mark) {
    int end = mark();
    long limit = System.nanoTime() + ANSWER_LIMIT.toNanos();
    while (System.nanoTime() < limit && !allAnswered(mark, end)) {
      LockSupport.parkNanos(INTERVAL.toNanos());
    }
    return log.report(mark, end);
  }

  private boolean allAnswered(int first, int end) {
    for (int sequence = first; sequence < end; sequence++) {
      if (!log.isAnswered(sequence)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    prober.close();
    echo.close();
    // The port is free once the last thread has left its system call.
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
