package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a data path of its own, whose wire leads back to itself, so that the JVM has compiled both
 * pipelines before the first tunnel carries a packet: streams and lone packets by turns, as code
 * that has seen only the one is compiled anew when it meets the other.
 *
 * <p>Its keys are fixed: nothing they protect ever leaves the machine.
 */
public final class Rehearsal {
  /** After that many turns of both pipelines, everything in them runs compiled. */
  public static final int ROUNDS = 10_000;

  /** The device that {@link Stage#device} stands for. */
  public static final InterfaceName TUNNEL = InterfaceName.of("st0.0");

  /** By then something has arrived, or nothing ever will. */
  private static final int PATIENCE_ROUNDS = 100;

  private static final int MTU = 1400;

  /**
   * Where a rehearsal is played; all of it but the kernel's end is closed with the rehearsal.
   *
   * @param device the tunnel device as the data path sees it
   * @param kernel the other end of the device: what is written there, the device reads
   * @param wire receives what it sends to {@code address}
   * @param outbound for the device
   * @param inbound for the wire
   */
  public record Stage(
      TunQueue device,
      TunQueue kernel,
      DatagramPort wire,
      Endpoint address,
      Poller outbound,
      Poller inbound) {}

  private Rehearsal() {}

  /**
   * Plays the rounds on the calling thread, in memory alone.
   *
   * @param enough asked between rounds; true ends the rehearsal early
   * @return packets that were sealed, opened and delivered
   */
  public static long run(AeadProvider aead, int rounds, BooleanSupplier enough) {
    try (Arena arena = Arena.ofShared()) {
      return run(aead, RehearsalMemory.stage(arena), rounds, enough);
    }
  }

  /** The same on that stage. A wire that delivers nothing ends it soon. */
  public static long run(AeadProvider aead, Stage stage, int rounds, BooleanSupplier enough) {
    try (Arena arena = Arena.ofShared();
        IpsecDataPath dataPath = new IpsecDataPath(aead, new Audience(), 1)) {
      dataPath.attach(List.of(stage.outbound()), List.of(stage.inbound()));
      dataPath.addTunnel(List.of(stage.device()), new TunnelSettings(MTU, 0));
      dataPath.addPort(stage.address(), List.of(stage.wire()));
      ChildSa sa = sa(stage.address());
      dataPath.install(sa);
      dataPath.useOutbound(sa.inboundSpi());
      RehearsalScript script = new RehearsalScript(arena);
      for (int round = 0; round < rounds && !enough.getAsBoolean(); round++) {
        script.play(stage.kernel(), round);
        dataPath.turnOutbound();
        dataPath.turnInbound();
        script.drain(stage.kernel());
        if (round == PATIENCE_ROUNDS && delivered(dataPath) == 0) {
          break;
        }
      }
      return delivered(dataPath);
    }
  }

  private static long delivered(IpsecDataPath dataPath) {
    return dataPath.counters().tunnels().values().iterator().next().inboundPackets();
  }

  /** What it sends it can open: both halves have one SPI and one key. */
  private static ChildSa sa(Endpoint address) {
    EspAlgorithm algorithm = EspAlgorithm.AES_256_GCM;
    Spi spi = new Spi(0x1000);
    Secret key = Secret.copyOf(new byte[algorithm.keyMaterialLength()]);
    List<TrafficSelector> everything = List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);
    return new ChildSa(
        TUNNEL,
        "rehearsal",
        spi,
        spi,
        algorithm,
        key,
        key,
        address,
        address,
        true,
        1024,
        false,
        SaLifetime.UNLIMITED,
        ChildSa.DfBit.CLEAR,
        everything,
        everything);
  }

  /** Hears everything and says nothing. */
  static final class Audience implements DataPathListener {
    @Override
    public void saNotice(SaNotice notice) {}

    @Override
    public @Nullable Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
      return null;
    }

    @Override
    public void forwardingFault(RuntimeException fault) {
      throw fault;
    }
  }
}
