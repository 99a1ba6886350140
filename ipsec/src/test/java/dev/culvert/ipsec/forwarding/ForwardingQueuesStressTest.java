package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three queues with threads of their own, while pairs, tunnels and ports come and go. Everything
 * waits for what the threads do, and nothing for time to pass.
 */
class ForwardingQueuesStressTest implements DataPathListener {
  private static final int QUEUES = 3;
  private static final int OPERATIONS = 6_000;
  private static final int MOST_PAIRS = 8;
  private static final TunnelSettings SETTINGS = new TunnelSettings(1438, 0);
  private static final List<InterfaceName> NAMES =
      List.of(InterfaceName.of("st0.0"), InterfaceName.of("st0.1"), InterfaceName.of("st0.2"));

  private final SharedWire wire = new SharedWire(LibCryptoAeadProvider.best(), QUEUES);
  private final IpsecDataPath dataPath = new IpsecDataPath(wire, this, QUEUES);
  private final Map<InterfaceName, List<SharedWire.Device>> tunnels = new TreeMap<>();
  private final List<ChildSa> pairs = new ArrayList<>();
  private final AtomicInteger behind = new AtomicInteger();
  private int behindExpected;
  private int lastPair;
  private int lastPacket;
  private boolean hasPort;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverComesAndGoesEachPacketIsDeliveredOnceAtMostAndEverythingClosedOnce(long seed) {
    Random random = new Random(seed);
    dataPath.start(wire.outPollers, wire.inPollers);
    addPort();
    NAMES.forEach(this::addTunnel);
    for (int i = 0; i < OPERATIONS && wire.violations.isEmpty(); i++) {
      operate(random);
      if (i % 16 == 0) {
        wire.awaitTurns();
      }
    }
    assertThat(wire.violations).as("seed %d", seed).isEmpty();

    everythingIsUp();
    assertThat(dataPath.counters().faults()).isZero();
    // Things are under way again when it closes.
    for (int i = 0; i < 50; i++) {
      operate(random);
    }
    dataPath.close();

    assertThat(wire.violations).as("seed %d", seed).isEmpty();
    assertThat(wire.open()).as("seed %d", seed).isEmpty();
  }

  private void operate(Random random) {
    InterfaceName name = NAMES.get(random.nextInt(NAMES.size()));
    int kind = random.nextInt(100);
    if (kind < 50) {
      List<SharedWire.Device> devices = tunnels.getOrDefault(name, List.of());
      for (int i = random.nextInt(20); i > 0 && !devices.isEmpty(); i--) {
        devices.get(random.nextInt(QUEUES)).put(++lastPacket, random.nextInt(3) * 400);
      }
    } else if (kind < 62) {
      if (pairs.size() < MOST_PAIRS) {
        install(name);
      } else {
        dataPath.remove(pairs.remove(random.nextInt(pairs.size())).inboundSpi());
      }
    } else if (kind < 90) {
      changeOne(random, kind);
    } else if (kind < 94) {
      if (tunnels.containsKey(name)) {
        tunnels.remove(name);
        dataPath.removeTunnel(name);
      } else {
        addTunnel(name);
      }
    } else if (kind < 96) {
      if (hasPort) {
        hasPort = false;
        dataPath.removePort(DataPathRig.LOCAL);
      } else {
        addPort();
      }
    } else if (kind < 98) {
      behindExpected++;
      dataPath.afterOutbound(behind::incrementAndGet);
    } else {
      dataPath.counters();
      dataPath.sendIke(DataPathRig.LOCAL, DataPathRig.REMOTE, Octets.EMPTY, false);
      dataPath.setTunnel(name, new TunnelSettings(1_300 + random.nextInt(100), 0));
    }
  }

  private void changeOne(Random random, int kind) {
    if (pairs.isEmpty()) {
      return;
    }
    ChildSa pair = pairs.get(random.nextInt(pairs.size()));
    if (kind < 80) {
      dataPath.useOutbound(pair.inboundSpi());
    } else if (kind < 85) {
      dataPath.stopOutbound(pair.inboundSpi());
    } else {
      pairs.remove(pair);
      dataPath.remove(pair.inboundSpi());
    }
  }

  private ChildSa install(InterfaceName tunnel) {
    ChildSa sa = LoopbackPort.toItself(DataPathRig.sa().tunnel(tunnel).number(++lastPair).build());
    dataPath.install(sa);
    pairs.add(sa);
    return sa;
  }

  private void addTunnel(InterfaceName name) {
    List<SharedWire.Device> devices = wire.devices(name);
    tunnels.put(name, devices);
    dataPath.addTunnel(devices, SETTINGS);
  }

  private void addPort() {
    hasPort = true;
    dataPath.addPort(DataPathRig.LOCAL, wire.sockets());
  }

  /** Pairs in all queues of all tunnels: what goes into each queue comes out. */
  private void everythingIsUp() {
    pairs.forEach(pair -> dataPath.remove(pair.inboundSpi()));
    pairs.clear();
    if (!hasPort) {
      addPort();
    }
    for (InterfaceName name : NAMES) {
      if (!tunnels.containsKey(name)) {
        addTunnel(name);
      }
      for (int i = 0; i < QUEUES; i++) {
        dataPath.useOutbound(install(name).inboundSpi());
      }
      for (SharedWire.Device device : tunnels.get(name)) {
        awaitOneOf(device);
      }
    }
    while (behind.get() < behindExpected) {
      wire.awaitTurns();
    }
    assertThat(behind).hasValue(behindExpected);
  }

  private void awaitOneOf(SharedWire.Device device) {
    List<Integer> numbers = new ArrayList<>();
    // What was under way before may still fill a hand-over, so that one is lost.
    while (numbers.stream().noneMatch(wire.delivered::contains) && wire.violations.isEmpty()) {
      device.put(++lastPacket, 0);
      numbers.add(lastPacket);
      wire.awaitTurns();
    }
  }

  @Override
  public void saNotice(SaNotice notice) {}

  @Override
  public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    return null;
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    java.io.StringWriter trace = new java.io.StringWriter();
    fault.printStackTrace(new java.io.PrintWriter(trace));
    wire.violations.add(trace.toString());
  }

  @Override
  public void forwardingEnded(Throwable cause) {
    wire.violations.add("a thread ended: " + cause);
  }
}
