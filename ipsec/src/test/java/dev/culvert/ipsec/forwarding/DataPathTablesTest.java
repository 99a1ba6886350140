package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The snapshot that grows change by change is the one that its slow twin makes of everything. */
class DataPathTablesTest {
  private static final int STEPS = 1_500;
  private static final int TUNNELS = 6;
  private static final int ADDRESSES = 3;

  /** All that was told, as it was told. */
  private static final class Twin {
    final Map<InterfaceName, TunnelUnit> devices = new TreeMap<>();
    final Map<InterfaceName, Integer> tokens = new TreeMap<>();
    final Map<InterfaceName, Integer> mtus = new TreeMap<>();
    final Map<InterfaceName, Map<Integer, Spi>> inUse = new TreeMap<>();
    final Map<Endpoint, WirePort> ports = new TreeMap<>();
    final Map<Endpoint, Integer> portTokens = new TreeMap<>();
    final Map<Spi, SaPair> pairs = new TreeMap<>();

    void forget(Spi spi) {
      pairs.remove(spi);
      inUse.values().forEach(spis -> spis.values().remove(spi));
    }
  }

  private final Twin twin = new Twin();
  private final List<ChildSa> installed = new ArrayList<>();
  private int lastNumber;

  @ParameterizedTest
  @CsvSource({"1,1", "2,1", "3,2", "4,3", "5,1", "6,3"})
  void everyChangeLeadsToWhatASnapshotOfEverythingWouldBe(long seed, int queues) {
    Random random = new Random(seed);
    DataPathTables tables = new DataPathTables(queues);
    ForwardingSnapshot before = tables.snapshot();
    for (int step = 0; step < STEPS; step++) {
      change(tables, random, queues);
      String when = "seed " + seed + ", step " + step;
      ForwardingSnapshot after = tables.snapshot();
      checkOutbound(after, queues, when);
      checkInbound(after, when);
      checkPorts(after, when);
      checkChanged(before, after, tables.takeChanged(), queues, when);
      before = after;
    }
    assertThat(lastNumber).isGreaterThan(STEPS / 10);
  }

  private void change(DataPathTables tables, Random random, int queues) {
    InterfaceName tunnel = InterfaceName.of("st0." + random.nextInt(TUNNELS));
    ChildSa any = installed.isEmpty() ? null : installed.get(random.nextInt(installed.size()));
    switch (random.nextInt(9)) {
      case 0 -> {
        if (!twin.devices.containsKey(tunnel)) {
          TunnelUnit added = new TunnelUnit(QueuesRig.devices(queues, tunnel.toString()));
          twin.devices.put(tunnel, added);
          twin.mtus.put(tunnel, 1400);
          twin.tokens.put(tunnel, tables.addTunnel(added, new TunnelSettings(1400, 0)));
        }
      }
      case 1 -> {
        if (random.nextInt(3) == 0) {
          assertThat(tables.removeTunnel(tunnel)).isSameAs(twin.devices.remove(tunnel));
        }
      }
      case 2 -> {
        int mtu = 1200 + random.nextInt(3);
        tables.setTunnel(tunnel, new TunnelSettings(mtu, 0));
        twin.mtus.replace(tunnel, mtu);
      }
      case 3 -> {
        WirePort port =
            WirePort.of(
                new Endpoint(address(random), random.nextBoolean() ? 4500 : 0),
                QueuesRig.ports(queues, true));
        if (twin.ports.putIfAbsent(port.local(), port) == null) {
          twin.portTokens.put(port.local(), tables.addPort(port));
        }
      }
      case 4 -> {
        Endpoint local = new Endpoint(address(random), random.nextBoolean() ? 4500 : 0);
        assertThat(tables.removePort(local)).isSameAs(twin.ports.remove(local));
      }
      case 5, 6 -> install(tables, tunnel, random, queues);
      case 7 -> {
        if (any != null) {
          tables.useOutbound(any.inboundSpi());
          twin.inUse
              .computeIfAbsent(any.tunnel(), name -> new TreeMap<>())
              .put(any.inboundSpi().queue(queues), any.inboundSpi());
        }
      }
      default -> {
        if (any != null && random.nextInt(3) == 0) {
          Endpoint moved = new Endpoint(Ipv4Address.of("203.0.113.9"), 1 + random.nextInt(9));
          tables.move(any.inboundSpi(), moved);
          twin.pairs.compute(any.inboundSpi(), (spi, pair) -> pair.movedTo(Peer.of(moved)));
        } else if (any != null) {
          assertThat(tables.remove(any.inboundSpi())).isEqualTo(twin.pairs.get(any.inboundSpi()));
          twin.forget(any.inboundSpi());
          installed.remove(any);
        }
      }
    }
  }

  private void install(DataPathTables tables, InterfaceName tunnel, Random random, int queues) {
    Endpoint local = new Endpoint(address(random), 4500);
    DataPathRig.SaBuilder builder =
        DataPathRig.sa().number(++lastNumber).tunnel(tunnel).local(local);
    ChildSa sa = (random.nextInt(3) == 0 ? builder.nativeEsp() : builder).build();
    SaPair pair =
        new SaPair(
            sa,
            sa.inboundSpi().queue(queues),
            new InboundSa(sa, new JceAeadProvider()),
            new OutboundSa(sa, new JceAeadProvider()),
            Peer.of(sa.remote()));
    tables.install(pair);
    twin.pairs.put(sa.inboundSpi(), pair);
    installed.add(sa);
  }

  private static Ipv4Address address(Random random) {
    return new Ipv4Address(Ipv4Address.of("192.0.2.1").bits() + random.nextInt(ADDRESSES));
  }

  private void checkOutbound(ForwardingSnapshot snapshot, int queues, String when) {
    List<OutboundTunnel> expected = new ArrayList<>();
    twin.devices.forEach((name, tunnel) -> {
      for (int queue = 0; queue < queues; queue++) {
        OutboundTunnel shown = outbound(name, tunnel, queue, queues);
        assertThat(snapshot.tunnels().get(twin.tokens.get(name) + queue))
            .as("%s, %s queue %d", when, name, queue)
            .isEqualTo(shown);
        expected.add(shown);
      }
    });
    int present = 0;
    for (int token = 0; token < 2 * TUNNELS * queues; token++) {
      present += snapshot.tunnels().get(token) == null ? 0 : 1;
    }
    assertThat(present).as(when).isEqualTo(expected.size());
  }

  private OutboundTunnel outbound(InterfaceName name, TunnelUnit tunnel, int queue, int queues) {
    int mtu = twin.mtus.get(name);
    Map<Integer, Spi> inUse = twin.inUse.getOrDefault(name, Map.of());
    SaPair pair = null;
    if (!inUse.isEmpty()) {
      Spi own = inUse.get(queue);
      pair =
          twin.pairs.get(own == null ? List.copyOf(inUse.values()).get(queue % inUse.size()) : own);
    }
    return new OutboundTunnel(
        tunnel.queue(queue),
        pair == null ? queue : pair.queue(),
        mtu,
        mtu - 40,
        mtu - 60,
        pair == null ? null : pair.outbound(),
        pair == null ? null : pair.peer(),
        pair == null ? null : socket(pair));
  }

  private @Nullable DatagramPort socket(SaPair pair) {
    for (WirePort port : twin.ports.values()) {
      boolean fits =
          pair.sa().udpEncapsulated()
              ? port.local().equals(pair.sa().local())
              : port.local().port() == 0
                  && port.local().address().equals(pair.sa().local().address());
      if (fits) {
        return port.socket(pair.queue());
      }
    }
    return null;
  }

  private void checkInbound(ForwardingSnapshot snapshot, String when) {
    for (int number = 1; number <= lastNumber; number++) {
      int spi = DataPathRig.spi(number);
      SaPair pair = twin.pairs.get(new Spi(spi));
      TunnelUnit tunnel = pair == null ? null : twin.devices.get(pair.sa().tunnel());
      InboundBinding expected = null;
      if (pair != null && tunnel != null) {
        int mtu = twin.mtus.get(pair.sa().tunnel());
        expected =
            new InboundBinding(
                pair.inbound(), pair.queue(), tunnel, pair.peer(), mtu - 40, mtu - 60);
      }
      assertThat(snapshot.inbound().find(spi)).as("%s, SA %d", when, number).isEqualTo(expected);
    }
  }

  private void checkPorts(ForwardingSnapshot snapshot, String when) {
    twin.ports.forEach((local, port) ->
        assertThat(snapshot.ports().get(twin.portTokens.get(local))).as(when).isSameAs(port));
    int present = 0;
    for (int token = 0; token < 64; token++) {
      present += snapshot.ports().get(token) == null ? 0 : 1;
    }
    assertThat(present).as(when).isEqualTo(twin.ports.size());
  }

  /** Whoever holds a queue is told of it, or would wait for ever. */
  private static void checkChanged(
      ForwardingSnapshot before,
      ForwardingSnapshot after,
      List<Integer> told,
      int queues,
      String when) {
    for (int token = 0; token < 2 * TUNNELS * queues; token++) {
      OutboundTunnel was = before.tunnels().get(token);
      OutboundTunnel is = after.tunnels().get(token);
      boolean same = was == null ? is == null : was.equals(is);
      if (!same) {
        assertThat(told).as(when).contains(token);
      }
    }
  }
}
