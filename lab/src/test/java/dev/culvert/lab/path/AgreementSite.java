package dev.culvert.lab.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.conntrack.Conntrack;
import dev.culvert.tun.conntrack.NflogReader;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A router in a namespace, which is the kernel and nothing else; all its wires end in this program.
 */
final class AgreementSite implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int MARKER_PORT = 7;
  private static final int LOG_GROUP = 9001;

  /** Behind all of ours: what gets here reaches the router's sockets. */
  private static final String PROBE =
      """
      table inet probe {
        chain input { type filter hook input priority 500; log group %d; }
      }
      """
          .formatted(LOG_GROUP);

  private final NetworkNamespace router;
  private final Path folder;
  private final Map<InterfaceName, PacketEnd> ends = new TreeMap<>();
  private final PacketEnd markerIn;
  private final PacketEnd markerOut;
  private final NflogReader log;
  private final Map<Long, Flow> delivered = new HashMap<>();
  private long nextToken = 1;

  AgreementSite(LabNetwork network) throws IOException, InterruptedException {
    router = network.namespace("router").forwarding();
    folder = network.folder("rules");
    router
        .kernelSetting("net/ipv4/conf/all/send_redirects", "0")
        .kernelSetting("net/ipv4/conf/default/send_redirects", "0")
        .kernelSetting("net/ipv4/icmp_ratelimit", "0")
        .kernelSetting("net/ipv4/icmp_msgs_per_sec", "100000")
        .kernelSetting("net/ipv4/icmp_msgs_burst", "100000")
        .kernelSetting("net/ipv6/icmp/ratelimit", "0")
        .kernelSetting("net/ipv6/conf/default/accept_ra", "0");
    for (int i = 0; i < RandomWorld.INTERFACES.size(); i++) {
      InterfaceName name = RandomWorld.INTERFACES.get(i);
      ends.put(name, PacketEnd.in(router, name));
      router.address(name.device(), RandomWorld.own(i, false) + "/24");
      router.address(name.device(), RandomWorld.own(i, true) + "/64");
    }
    markerIn = PacketEnd.in(router, RandomWorld.MARKER_IN);
    router.address(RandomWorld.MARKER_IN.device(), RandomWorld.MARKER_ROUTER + "/24");
    markerOut = PacketEnd.in(router, RandomWorld.MARKER_OUT);
    router.address(RandomWorld.MARKER_OUT.device(), "10.9.0.1/24");
    nft("probe.nft", PROBE, "nft", "-f");
    log = NetworkNamespaceEntry.call(router.file(), () -> NflogReader.open(LOG_GROUP));
    awaitCarrier();
  }

  /** A packet goes into a TUN device only some milliseconds after it has carrier. */
  private void awaitCarrier() {
    for (InterfaceName name : ends.keySet()) {
      Await.until(
          LIMIT,
          name + " has carrier",
          () -> router.ip("-br", "link", "show", "dev", name.device()).contains("LOWER_UP"));
    }
    Await.until(
        LIMIT,
        "the markers' way has carrier",
        () -> {
          RawPacket marker = marker(false);
          markerIn.send(marker);
          return markerOut.received().stream().anyMatch(p -> p.token() == marker.token());
        });
  }

  private void nft(String file, String text, String... command) throws IOException {
    Path rules = Files.writeString(folder.resolve(file), text);
    List<String> whole = new ArrayList<>(List.of(command));
    whole.add(rules.toString());
    router.run(whole.toArray(String[]::new));
  }

  /** Puts other routes and rules in place; sessions are forgotten. */
  void become(RandomWorld world, String ruleset) throws IOException, InterruptedException {
    router.ip("route", "flush", "proto", "boot");
    router.ip("-6", "route", "flush", "proto", "boot");
    Path routes = Files.writeString(folder.resolve("routes"), world.routesToAdd());
    router.ip("-batch", routes.toString());
    nft("rules.json", ruleset, "nft", "-j", "-f");
    NetworkNamespaceEntry.call(
        router.file(),
        () -> {
          try (Conntrack conntrack = Conntrack.open()) {
            return conntrack.deleteAll(SessionFilter.ALL);
          }
        });
    ends.keySet().forEach(this::received);
  }

  long token() {
    return nextToken++;
  }

  /** A packet that came out, and where. */
  record Seen(InterfaceName out, RawPacket packet) {}

  /** All that comes out of the router because of that packet. */
  List<Seen> send(InterfaceName in, RawPacket packet) {
    end(in).send(packet);
    awaitMarker();
    List<Seen> seen = new ArrayList<>();
    ends.keySet().forEach(out -> received(out).forEach(p -> seen.add(new Seen(out, p))));
    return seen;
  }

  private List<RawPacket> received(InterfaceName out) {
    return end(out).received();
  }

  private PacketEnd end(InterfaceName name) {
    PacketEnd end = ends.get(name);
    if (end == null) {
      throw new IllegalArgumentException(name + " has no end");
    }
    return end;
  }

  private RawPacket marker(boolean forRouter) {
    Flow flow =
        new Flow(
            RandomWorld.MARKER_SOURCE,
            forRouter ? RandomWorld.MARKER_ROUTER : RandomWorld.MARKER_TARGET,
            ServiceMatch.UDP,
            MARKER_PORT,
            MARKER_PORT);
    return RawPacket.of(flow, 0, token());
  }

  /** The kernel deals with what one thread writes in its order. */
  private void awaitMarker() {
    RawPacket marker = marker(false);
    markerIn.send(marker);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (markerOut.received().stream().noneMatch(p -> p.token() == marker.token())) {
      if (System.nanoTime() > end) {
        throw new LabException("a marker did not come through");
      }
      Thread.onSpinWait();
    }
  }

  /** The packets that have reached the router itself so far, by their tokens. */
  Map<Long, Flow> delivered() throws IOException {
    RawPacket marker = marker(true);
    markerIn.send(marker);
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!delivered.containsKey(marker.token())) {
      log.drain(logged ->
          RawPacket.decode(ByteBuffer.wrap(logged.packet().toByteArray()))
              .filter(p -> p.error() == null)
              .ifPresent(p -> delivered.put(p.token(), p.flow())));
      if (System.nanoTime() > end) {
        throw new LabException("a marker did not reach the router");
      }
      Thread.onSpinWait();
    }
    if (log.lost() > 0) {
      throw new LabException(log.lost() + " packets were not logged");
    }
    return delivered;
  }

  @Override
  public void close() {
    log.close();
    ends.values().forEach(PacketEnd::close);
    markerIn.close();
    markerOut.close();
  }
}
