package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.daemon.bfd.BfdRim;
import dev.culvert.daemon.fault.FaultFiles;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.ike.IkeRim;
import dev.culvert.daemon.log.NoticeLog;
import dev.culvert.daemon.problem.Problems;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.daemon.thread.ScriptedEngine;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** IKE and BFD fail on their own threads: what they held is taken back, and they start afresh. */
@Timeout(30) // for a restart that never comes
class RimFaultTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final Ipv4Address OURS = Ipv4Address.of("192.0.2.1");
  private static final Ipv4Address PEER = Ipv4Address.of("192.0.2.2");
  private static final Octets POISON = Octets.ofHex("deadbeef");
  private static final Spi SPI = new Spi(0x1000_0001);

  @TempDir private Path state;
  private final NoticeLog notices = new NoticeLog(() -> START);
  private final List<String> told = new ArrayList<>();
  private volatile Instant now = START;

  @Test
  void tunnelsAndSasOfAFailedIkeEndAndItsSuccessorIsToldTheConfiguration() throws Exception {
    List<ScriptedEngine<IkeEvent, IkeAction>> made = new ArrayList<>();
    IkeEvent configuration =
        new IkeEvent.ConfigurationCommitted(RouterConfigReader.empty().ipsec());
    IkeEvent interfaces = new IkeEvent.InterfacesChanged(InterfaceChanges.of(List.of()));
    try (Faults faults = new Faults(new FaultFiles(state, "1.2.3"), status -> told.add("exit"));
        IkeRim rim =
            new IkeRim(
                new SplittableRandom(1),
                1,
                Secret.copyOf(new byte[] {1}),
                () -> now,
                notices,
                listener -> new IpsecDataPath(new JceAeadProvider(), listener, 1),
                tunnels(),
                faults,
                engine -> kept(made, new ScriptedEngine<IkeEvent, IkeAction>(RimFaultTest::ike)))) {
      rim.thread().start();
      rim.thread().submit(configuration);
      rim.thread().submit(interfaces);
      rim.thread().submit(new IkeEvent.RekeyRequested("up", true));
      settle(rim.thread());
      assertThat(rim.dataPath().traffic()).containsOnlyKeys(SPI);

      rim.thread().submit(new IkeEvent.RekeyRequested("throw", true));
      settle(rim.thread());

      assertThat(told)
          .containsExactly(
              "st0.0 up",
              "st0.0 at 192.0.2.9",
              "selector 7 [10.9.0.0/16]",
              "st0.0 down",
              "st0.0 mtu 0",
              "st0.0 at null",
              "selector 7 []");
      assertThat(rim.dataPath().traffic()).isEmpty();
      assertThat(rim.thread().ask(rim.thread()::status).get().faults()).isEqualTo(1);

      now = START.plusSeconds(1);
      restarted(rim.thread());
      assertThat(made.getLast().heard).containsExactly(configuration, interfaces);
    }
    assertThat(savedFor("ike")).hasSize(1);
  }

  @Test
  void whatAFailedBfdWatchedIsLostUntilItsSuccessorFindsItAgain() throws Exception {
    List<ScriptedEngine<BfdEvent, BfdAction>> made = new ArrayList<>();
    LivenessTarget watched = target("192.0.2.2");
    BfdEvent wanted = configured(watched);
    try (Faults faults = new Faults(new FaultFiles(state, "1.2.3"), status -> told.add("exit"));
        BfdRim rim =
            new BfdRim(
                new SplittableRandom(1),
                () -> now,
                notices::write,
                (target, up) -> told.add(target.neighbor() + (up ? " up" : " lost")),
                new Problems().of("bfd", "BFD port at"),
                faults,
                engine -> kept(made, new ScriptedEngine<BfdEvent, BfdAction>(RimFaultTest::bfd)))) {
      rim.thread().start();
      rim.thread().submit(wanted);
      rim.thread().submit(configured(target("192.0.2.3")));
      rim.thread().submit(new BfdEvent.SessionRemoved(target("192.0.2.3")));
      rim.thread().submit(packet(POISON));
      settle(rim.thread());

      assertThat(told).containsExactly("192.0.2.2 up", "192.0.2.3 up", "192.0.2.2 lost");
      now = START.plusSeconds(1);
      restarted(rim.thread());
      assertThat(made.getLast().heard).containsExactly(wanted);
      assertThat(told).last().isEqualTo("192.0.2.2 up");
    }
    assertThat(savedFor("bfd")).hasSize(1);
  }

  // --- What the stories are told with ------------------------------------------------------------

  private static void ike(IkeEvent event, ActionSink<? super IkeAction> actions) {
    if (event instanceof IkeEvent.RekeyRequested request) {
      switch (request.gateway()) {
        case "up" -> {
          actions.add(new IkeAction.InstallChildSa(childSa()));
          actions.add(new IkeAction.TunnelChanged(TUNNEL, true, ""));
          actions.add(new IkeAction.TunnelRemoteChanged(TUNNEL, 1, Ipv4Address.of("192.0.2.9")));
          actions.add(
              new IkeAction.SelectorChanged(
                  7, TUNNEL, List.of(IpPrefix.parse("10.9.0.0/16").orElseThrow()), 5, 5));
        }
        default -> throw new IllegalStateException("poisoned");
      }
    }
  }

  private static void bfd(BfdEvent event, ActionSink<? super BfdAction> actions) {
    switch (event) {
      case BfdEvent.SessionConfigured e ->
          actions.add(
              new BfdAction.StateChanged(
                  e.target(), BfdState.INIT, BfdState.UP, BfdDiagnostic.NONE));
      case BfdEvent.PacketReceived e -> throw new IllegalStateException("poisoned");
      case BfdEvent.SessionRemoved e -> {}
      case BfdEvent.ShutDown e -> {}
    }
  }

  private IkeRim.TunnelListener tunnels() {
    return new IkeRim.TunnelListener() {
      @Override
      public void tunnelChanged(InterfaceName tunnel, boolean up) {
        told.add(tunnel + (up ? " up" : " down"));
      }

      @Override
      public void tunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote) {
        told.add(tunnel + " at " + remote);
      }

      @Override
      public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
        told.add(tunnel + " mtu " + pathMtu);
      }

      @Override
      public void selectorChanged(IkeAction.SelectorChanged change) {
        told.add("selector " + change.selector() + " " + change.remotes());
      }
    };
  }

  private static <T> T kept(List<T> all, T one) {
    all.add(one);
    return one;
  }

  private List<String> savedFor(String instance) throws Exception {
    try (Stream<Path> files = Files.list(state.resolve("faults"))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.endsWith("-" + instance + ".txt"))
          .toList();
    }
  }

  /** Everything submitted so far is done. */
  private static void settle(PollingThread thread) throws Exception {
    thread.ask(() -> "done").get();
  }

  /** Keeps the thread turning until its pause is over. */
  private static void restarted(EngineThread<?, ?, ?> thread) throws Exception {
    while (thread.ask(() -> thread.status().restartAt() != null).get()) {
      Thread.onSpinWait();
    }
  }

  private static LivenessTarget target(String neighbor) {
    return new LivenessTarget(InterfaceName.of("eth0.0"), OURS, Ipv4Address.of(neighbor));
  }

  private static BfdEvent configured(LivenessTarget target) {
    return new BfdEvent.SessionConfigured(
        target, new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3));
  }

  private static BfdEvent packet(Octets payload) {
    return new BfdEvent.PacketReceived(InterfaceName.of("eth0.0"), PEER, OURS, 255, payload);
  }

  private static ChildSa childSa() {
    Secret key = Secret.copyOf(new byte[EspAlgorithm.AES_128_GCM.keyMaterialLength()]);
    return new ChildSa(
        TUNNEL,
        "vpn",
        SPI,
        new Spi(0x2000_0001),
        EspAlgorithm.AES_128_GCM,
        key,
        key,
        new Endpoint(OURS, 4500),
        new Endpoint(PEER, 4500),
        true,
        64,
        false,
        SaLifetime.UNLIMITED,
        ChildSa.DfBit.CLEAR,
        List.of(TrafficSelector.ANY_IPV4),
        List.of(TrafficSelector.ANY_IPV4));
  }
}
