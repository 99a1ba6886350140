package dev.culvert.daemon.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Secret;
import dev.culvert.daemon.fault.FaultFiles;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.log.NoticeLog;
import dev.culvert.daemon.thread.ScriptedEngine;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEvent;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ports that the system refuses, and IKE's knowledge of that. */
@Timeout(30) // for news that never come
class IkePortsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Ipv4Address OURS = Ipv4Address.of("127.73.19.5");
  private static final int NAT_TRAVERSAL_PORT = 4500;

  @TempDir private Path state;
  private final ScriptedEngine<IkeEvent, IkeAction> engine =
      new ScriptedEngine<>((event, actions) -> {
        if (event instanceof IkeEvent.RekeyRequested) {
          actions.add(new IkeAction.OpenPort(OURS));
        }
      });

  @Test
  void theEngineIsToldOfAPortThatAnotherProgramHoldsAndOfItsEnd() throws Exception {
    try (Faults faults = new Faults(new FaultFiles(state, "1.2.3"), status -> {});
        IkeRim rim =
            new IkeRim(
                new SplittableRandom(1),
                1,
                Secret.copyOf(new byte[] {1}),
                () -> NOW,
                new NoticeLog(() -> NOW),
                listener -> new IpsecDataPath(new JceAeadProvider(), listener, 1),
                new Tunnels(),
                faults,
                ignored -> engine)) {
      rim.thread().start();
      try (DatagramSocket another = new DatagramSocket(null)) {
        another.setReuseAddress(false);
        another.bind(
            new InetSocketAddress(InetAddress.getByName(OURS.toString()), NAT_TRAVERSAL_PORT));
        rim.thread().submit(new IkeEvent.RekeyRequested("open", true));
        while (!refusedLast().contains(NAT_TRAVERSAL_PORT)) {
          Thread.onSpinWait();
        }
        assertThat(rim.bindFailures())
            .hasEntrySatisfying(
                new Endpoint(OURS, NAT_TRAVERSAL_PORT),
                reason -> assertThat(reason).contains("in use"));
      }
      while (refusedLast().contains(NAT_TRAVERSAL_PORT)) {
        Thread.onSpinWait();
      }
      // Tried again and again, told once each time that it changes.
      assertThat(news()).hasSize(2);
    }
  }

  private List<IkeEvent.PortsRefused> news() {
    return engine.heard.stream()
        .filter(IkeEvent.PortsRefused.class::isInstance)
        .map(IkeEvent.PortsRefused.class::cast)
        .toList();
  }

  private List<Integer> refusedLast() {
    List<IkeEvent.PortsRefused> news = news();
    return news.isEmpty() ? List.of() : List.copyOf(news.getLast().refused().keySet());
  }

  private static final class Tunnels implements IkeRim.TunnelListener {
    @Override
    public void tunnelChanged(InterfaceName tunnel, boolean up) {}

    @Override
    public void tunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote) {}

    @Override
    public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {}

    @Override
    public void selectorChanged(IkeAction.SelectorChanged change) {}
  }
}
