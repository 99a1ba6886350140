package dev.culvert.lab.bench.measure;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.lab.bench.contender.BenchPath;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import dev.culvert.tun.sys.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A flow of datagrams from one host to another, such as those of a lane, sent and counted by this
 * process through sockets in the two namespaces. Used by one thread at a time.
 */
final class UdpFlow implements AutoCloseable {
  private static final int PORT = 6000;

  /** No two of this process are alike: what is late of one is not taken for another's. */
  private static final AtomicInteger FLOWS = new AtomicInteger();

  private final UdpPort source;
  private final UdpPort sink;
  private final EpollPoller poller;
  private final Endpoint to;

  /** What became of a flow. */
  record Outcome(UdpSender.Sent sent, SequenceLog log) {
    int lost() {
      return sent.packets() - log.arrived();
    }

    double lossPercent() {
      return sent.packets() == 0 ? 0 : 100.0 * lost() / sent.packets();
    }
  }

  private UdpFlow(UdpPort source, UdpPort sink, EpollPoller poller, Endpoint to) {
    this.to = to;
    this.source = source;
    this.sink = sink;
    this.poller = poller;
  }

  static UdpFlow open(Lane lane) {
    return between(lane.path().hostA(), lane.path().hostB(), BenchPath.HOST_B);
  }

  static UdpFlow between(NetworkNamespace from, NetworkNamespace host, String address) {
    try {
      UdpPort sink = bind(host, PORT);
      try {
        UdpPort source = bind(from, 0);
        try {
          EpollPoller poller = EpollPoller.open();
          poller.add(sink, 0);
          return new UdpFlow(source, sink, poller, new Endpoint(Ipv4Address.of(address), PORT));
        } catch (IOException e) {
          source.close();
          throw e;
        }
      } catch (IOException e) {
        sink.close();
        throw e;
      }
    } catch (IOException e) {
      throw new LabException("cannot open a socket " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static UdpPort bind(NetworkNamespace host, int port)
      throws IOException, InterruptedException {
    return NetworkNamespaceEntry.call(
        host.file(), () -> UdpPort.bind(new Endpoint(Ipv4Address.ANY, port), Optional.empty()));
  }

  /**
   * Sends and counts.
   *
   * @param payload octets of a datagram
   * @param limit packets at most
   */
  Outcome run(int payload, double perSecond, int limit, BooleanSupplier goOn) {
    int flow = FLOWS.incrementAndGet();
    SequenceLog log = new SequenceLog(limit);
    UdpReceiver receiver = UdpReceiver.start(sink, poller, flow, log);
    FutureTask<UdpSender.Sent> sending =
        new FutureTask<>(() -> {
          SystemCalls.setThreadNice(BenchPath.NICE);
          try (Arena arena = Arena.ofConfined()) {
            return new UdpSender(source, to, arena).send(flow, payload, perSecond, limit, goOn);
          }
        });
    Thread.ofPlatform().daemon().name("sender").start(sending);
    try {
      UdpSender.Sent sent = sending.get();
      return new Outcome(sent, receiver.finish());
    } catch (ExecutionException e) {
      throw new LabException("cannot send: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static LabException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new LabException("interrupted while measuring", e);
  }

  @Override
  public void close() {
    poller.close();
    source.close();
    sink.close();
  }
}
