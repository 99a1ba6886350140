package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a change costs among few tunnels and among many, in octets allocated by who makes it and by
 * the forwarding threads that follow.
 */
class ForwardingScaleTest {
  private static final int FEW = 50;
  private static final int MANY = 500;

  /** A trie of ten times as much has a level more; no table may be copied whole. */
  private static final double GROWTH = 1.5;

  private static final int ROUNDS = 200;

  @Test
  void aChangeOfOneTunnelCostsAsMuchAmongManyAsAmongFew() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    long amongFew = octetsOfChanges(threads, FEW);
    long amongMany = octetsOfChanges(threads, MANY);
    assertThat((double) amongMany / amongFew)
        .as("%d and %d octets for %d rounds", amongFew, amongMany, ROUNDS)
        .isLessThan(GROWTH);
  }

  private static long octetsOfChanges(ThreadMXBean threads, int tunnels) {
    try (IpsecDataPath dataPath = new IpsecDataPath(new JceAeadProvider(), new Silent(), 1)) {
      dataPath.attach(List.of(new IdlePoller()), List.of(new IdlePoller()));
      for (int number = 1; number <= tunnels; number++) {
        dataPath.addPort(local(number), List.of(new InMemoryPort(true)));
        addTunnel(dataPath, number);
        ChildSa sa = sa(number, number);
        dataPath.install(sa);
        dataPath.useOutbound(sa.inboundSpi());
      }
      dataPath.turnOutbound();
      dataPath.turnInbound();
      for (int round = 0; round < ROUNDS; round++) {
        change(dataPath, tunnels / 2, tunnels + 1 + round);
      }
      long thread = Thread.currentThread().threadId();
      long before = threads.getThreadAllocatedBytes(thread);
      for (int round = 0; round < ROUNDS; round++) {
        change(dataPath, tunnels / 2, tunnels + 1 + ROUNDS + round);
      }
      return threads.getThreadAllocatedBytes(thread) - before;
    }
  }

  /** A rekey, a path that narrows, a peer that moves; then the tunnel's device is opened again. */
  private static void change(IpsecDataPath dataPath, int tunnel, int number) {
    ChildSa fresh = sa(tunnel, number);
    dataPath.install(fresh);
    dataPath.useOutbound(fresh.inboundSpi());
    dataPath.setTunnel(fresh.tunnel(), new TunnelSettings(1300 + number % 2, 0));
    dataPath.move(fresh.inboundSpi(), new Endpoint(Ipv4Address.of("203.0.113.7"), 4500));
    dataPath.remove(fresh.inboundSpi());
    dataPath.removeTunnel(fresh.tunnel());
    dataPath.removePort(local(tunnel));
    dataPath.turnOutbound();
    dataPath.turnInbound();
    dataPath.addPort(local(tunnel), List.of(new InMemoryPort(true)));
    addTunnel(dataPath, tunnel);
    dataPath.turnOutbound();
    dataPath.turnInbound();
  }

  private static void addTunnel(IpsecDataPath dataPath, int number) {
    dataPath.addTunnel(List.of(new InMemoryTun("st0." + number)), new TunnelSettings(1400, 0));
  }

  private static ChildSa sa(int tunnel, int number) {
    return DataPathRig.sa()
        .number(number)
        .tunnel(InterfaceName.of("st0." + tunnel))
        .local(local(tunnel))
        .build();
  }

  private static Endpoint local(int number) {
    return new Endpoint(new Ipv4Address(Ipv4Address.of("10.0.0.0").bits() + number), 4500);
  }

  /** Nothing is ever ready. */
  private static final class IdlePoller implements Poller {
    @Override
    public void add(Pollable pollable, int token) {}

    @Override
    public void remove(Pollable pollable) {}

    @Override
    public int await(int timeoutMillis) {
      return 0;
    }

    @Override
    public int readyToken(int index) {
      throw new IndexOutOfBoundsException(index);
    }

    @Override
    public boolean isReady(int token) {
      return false;
    }

    @Override
    public void wakeUp() {}

    @Override
    public void close() {}
  }

  private static final class Silent implements DataPathListener {
    @Override
    public void saNotice(SaNotice notice) {}

    @Override
    public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
      return null;
    }

    @Override
    public void forwardingFault(RuntimeException fault) {
      throw fault;
    }
  }
}
