package dev.culvert.lab.bench.policies;

import dev.culvert.lab.bench.measure.IperfReport;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.conntrack.Conntrack;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.nftables.NftResult;
import dev.culvert.tun.nftables.Nftables;
import dev.culvert.tun.nftables.NftablesPort;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code client -- router -- server}, each a network namespace, joined by veth pairs; the router
 * does nothing but forward by whichever table it has. Confined to one thread.
 */
final class PolicyScene implements AutoCloseable {
  /** Each is asked once in a burst: that makes so many sessions. */
  private static final int BURST = 20_000;

  /** Where a list is long, a burst ends earlier. */
  private static final Duration LONGEST_BURST = Duration.ofSeconds(2);

  private static final int SECOND_OCTET = 256;

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final LabNetwork network = LabNetwork.create();
  private final NetworkNamespace client = network.namespace("client");
  private final NetworkNamespace router = network.namespace("router");
  private final NetworkNamespace server = network.namespace("server");
  private final NftablesPort nftables;
  private final InetSocketAddress[] targets = targets();

  PolicyScene() {
    try {
      network.wire(client, "eth0", router, PolicyList.IN);
      network.wire(router, PolicyList.OUT, server, "eth0");
      router.forwarding().address(PolicyList.IN, "10.1.0.1/16");
      router.address(PolicyList.OUT, "10.9.0.1/24").route(PolicyList.SERVERS, "via", "10.9.0.2");
      client.address("eth0", "10.1.0.2/16").route("default", "via", "10.1.0.1");
      server.address("eth0", "10.9.0.2/24").route("default", "via", "10.9.0.1");
      server.address("lo", "10.2.0.1/32").up("lo");
      // Counts what arrives and takes it away before anything else of the server looks at it.
      server.run(
          "nft",
          """
          table inet sink {
              chain in {
                  type filter hook prerouting priority -350;
                  udp dport %d counter drop
              }
          }
          """
              .formatted(PolicyList.UDP_PORT));
      nftables =
          inside(router, Nftables::open).orElseThrow(() -> new LabException(Nftables.MISSING));
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private static InetSocketAddress[] targets() {
    InetSocketAddress[] targets = new InetSocketAddress[BURST];
    for (int i = 0; i < BURST; i++) {
      byte[] address = {10, 2, (byte) (1 + i / SECOND_OCTET), (byte) (i % SECOND_OCTET)};
      try {
        targets[i] = new InetSocketAddress(InetAddress.getByAddress(address), PolicyList.UDP_PORT);
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    }
    return targets;
  }

  private static <T> T inside(NetworkNamespace namespace, Callable<T> work) {
    try {
      return NetworkNamespaceEntry.call(namespace.file(), work);
    } catch (IOException e) {
      throw new LabException(namespace + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  /** Carries out a document in nftables' JSON; returns the seconds it took. */
  double apply(String json) {
    return timed(() -> nftables.apply(json));
  }

  /** Likewise in the language of nft(8). */
  double applyCommands(String commands) {
    return timed(() -> nftables.applyCommands(commands));
  }

  private double timed(Callable<NftResult> change) {
    return inside(
        router,
        () -> {
          long begin = System.nanoTime();
          NftResult result = change.call();
          double seconds = (System.nanoTime() - begin) / 1e9;
          if (!(result instanceof NftResult.Done)) {
            throw new LabException("nftables: " + result);
          }
          return seconds;
        });
  }

  /** How many sessions began in a second while datagrams came as fast as they could be sent. */
  double newSessionsPerSecond() {
    long before = arrived();
    double seconds = inside(client, this::burst);
    long begun = arrived() - before;
    inside(
        router,
        () -> {
          try (Conntrack conntrack = Conntrack.open()) {
            return conntrack.deleteAll(SessionFilter.ALL);
          }
        });
    return begun / seconds;
  }

  private double burst() throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(18);
    try (DatagramChannel from = DatagramChannel.open(StandardProtocolFamily.INET)) {
      long begin = System.nanoTime();
      long end = begin + LONGEST_BURST.toNanos();
      for (int i = 0; i < BURST && System.nanoTime() < end; i++) {
        datagram.rewind();
        from.send(datagram, targets[i]);
      }
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  private long arrived() {
    String listed = server.run("nft", "list", "table", "inet", "sink");
    int at = listed.indexOf("packets ") + "packets ".length();
    return Long.parseLong(listed.substring(at, listed.indexOf(' ', at)));
  }

  /** TCP through sessions that have begun, in bits a second. */
  double bitsPerSecond(Duration duration) {
    LabProcess listener =
        network.start("iperf3-server", server.inside(List.of("iperf3", "-s", "-1")), Map.of());
    try {
      Await.until(
          LIMIT,
          "iperf3 to listen",
          () -> server.run("ss", "-Hltn", "sport = :" + PolicyList.TCP_PORT).contains(":"));
      String seconds = Long.toString(duration.toSeconds());
      return IperfReport.parse(client.run("iperf3", "-c", "10.2.0.1", "-t", seconds, "--json"))
          .bitsPerSecond();
    } finally {
      listener.stop(Duration.ofSeconds(1));
    }
  }

  @Override
  public void close() {
    nftables.close();
    network.close();
  }
}
