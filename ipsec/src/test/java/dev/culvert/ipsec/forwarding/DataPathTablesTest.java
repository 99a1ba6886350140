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
import java.util.Comparator;
import java.util.HashMap;
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
  private static final int PEERS = 3;

  /** The inbound SPIs that one policy of one peer sends by, by queue. */
  private static final class Policy {
    final Map<Integer, Spi> pairs = new TreeMap<>();
    int order;
  }

  /** All that was told, as it was told. */
  private static final class Twin {
    final Map<InterfaceName, TunnelUnit> devices = new TreeMap<>();
    final Map<InterfaceName, Integer> tokens = new TreeMap<>();
    final Map<InterfaceName, Integer> mtus = new TreeMap<>();
    final Map<InterfaceName, Map<List<Integer>, Policy>> inUse = new TreeMap<>();
    final Map<Endpoint, WirePort> ports = new TreeMap<>();
    final Map<Endpoint, Integer> portTokens = new TreeMap<>();
    final Map<Spi, SaPair> pairs = new TreeMap<>();

    void forget(Spi spi) {
      pairs.remove(spi);
      inUse
          .values()
          .forEach(policies -> {
            policies.values().forEach(policy -> policy.pairs.values().remove(spi));
            policies.values().removeIf(policy -> policy.pairs.isEmpty());
          });
    }
  }

  private final Twin twin = new Twin();
  private final List<ChildSa> installed = new ArrayList<>();
  private int lastNumber;
  private int lastOrder;

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
          twin.tokens.put(tunnel, tables.addTunnel(added, settings(tunnel, 1400)));
        }
      }
      case 1 -> {
        if (random.nextInt(3) == 0) {
          assertThat(tables.removeTunnel(tunnel)).isSameAs(twin.devices.remove(tunnel));
        }
      }
      case 2 -> {
        int mtu = 1200 + random.nextInt(3);
        tables.setTunnel(tunnel, settings(tunnel, mtu));
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
          use(any, queues);
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

  private void use(ChildSa sa, int queues) {
    Policy policy =
        twin.inUse
            .computeIfAbsent(sa.tunnel(), name -> new HashMap<>())
            .computeIfAbsent(List.of(sa.peer(), sa.policy()), key -> new Policy());
    Spi before = policy.pairs.put(sa.inboundSpi().queue(queues), sa.inboundSpi());
    if (!sa.inboundSpi().equals(before)) {
      policy.order = ++lastOrder;
    }
  }

  private static TunnelSettings settings(InterfaceName tunnel, int mtu) {
    return new TunnelSettings(mtu, 0, isMultipoint(tunnel), List.of());
  }

  private static boolean isMultipoint(InterfaceName tunnel) {
    return tunnel.unit() >= TUNNELS / 2;
  }

  private void install(DataPathTables tables, InterfaceName tunnel, Random random, int queues) {
    Endpoint local = new Endpoint(address(random), 4500);
    DataPathRig.SaBuilder builder =
        DataPathRig.sa()
            .of(random.nextInt(PEERS), random.nextInt(2))
            .number(++lastNumber)
            .tunnel(tunnel)
            .local(local);
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
    InnerPacket packet =
        TestPackets.parsed(TestPackets.udp(TestPackets.Ip.v4(), 1, 2, new byte[1]));
    twin.devices.forEach((name, tunnel) -> {
      for (int queue = 0; queue < queues; queue++) {
        OutboundTunnel shown = snapshot.tunnels().get(twin.tokens.get(name) + queue);
        String what = when + ", " + name + " queue " + queue;
        assertThat(shown).as(what).isNotNull();
        assertThat(shown.queue()).as(what).isSameAs(tunnel.queue(queue));
        assertThat(shown.mtu()).as(what).isEqualTo(twin.mtus.get(name));
        List<OutboundWay> ways = ways(name, queue);
        OutboundWay only = ways.size() == 1 && !isMultipoint(name) ? ways.getFirst() : null;
        assertThat(shown.only()).as(what).isEqualTo(only);
        assertThat(shown.reader()).as(what).isEqualTo(only == null ? queue : only.queue());
        assertThat(shown.chooser().isEmpty()).as(what).isEqualTo(ways.isEmpty());
        for (int peer = -1; peer < PEERS; peer++) {
          assertThat(shown.chooser().choose(packet, peer))
              .as("%s, next hop %d", what, peer)
              .isEqualTo(chosen(name, ways, peer));
        }
      }
    });
    int present = 0;
    for (int token = 0; token < 2 * TUNNELS * queues; token++) {
      present += snapshot.tunnels().get(token) == null ? 0 : 1;
    }
    assertThat(present).as(when).isEqualTo(twin.devices.size() * queues);
  }

  /** All want all packets, so that the last one gets them. */
  private static @Nullable OutboundWay chosen(
      InterfaceName name, List<OutboundWay> ways, int nextHop) {
    return ways.stream()
        .filter(way -> !isMultipoint(name) || way.pair().sa().peer() == nextHop)
        .max(Comparator.comparingLong(OutboundWay::order))
        .orElse(null);
  }

  private List<OutboundWay> ways(InterfaceName name, int queue) {
    List<OutboundWay> ways = new ArrayList<>();
    for (Policy policy : twin.inUse.getOrDefault(name, Map.of()).values()) {
      Spi own = policy.pairs.get(queue);
      SaPair pair =
          twin.pairs.get(
              own == null
                  ? List.copyOf(policy.pairs.values()).get(queue % policy.pairs.size())
                  : own);
      ways.add(new OutboundWay(pair, socket(pair), policy.order));
    }
    return ways;
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
                pair.inbound(), pair.queue(), tunnel, pair.peer(), mtu - 40, mtu - 60, null);
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
