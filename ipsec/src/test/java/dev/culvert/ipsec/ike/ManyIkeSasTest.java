package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What an IKE SA's life costs among few and among many, in octets that either side's engine
 * allocates for it: established, rekeyed with its child, ended by an operator and established
 * again.
 */
class ManyIkeSasTest {
  private static final int FEW = 25;

  /** All begin at once, and the hub keeps no more half-open. */
  private static final int MANY = SaInitResponder.MAX_HALF_OPEN;

  /** Trees are a little deeper; nothing may be gone through from end to end. */
  private static final double GROWTH = 1.2;

  private static final int MEASURED = 20;

  @Test
  void anIkeSaCostsAsMuchAmongManyAsAmongFew() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    new HubAndSpokes(FEW, threads).lives();
    HubAndSpokes few = new HubAndSpokes(FEW, threads);
    HubAndSpokes many = new HubAndSpokes(MANY, threads);
    few.lives();
    many.lives();
    assertThat((double) many.hub.allocated / few.hub.allocated)
        .as("as the responder: %d, then %d octets", few.hub.allocated, many.hub.allocated)
        .isLessThan(GROWTH);
    assertThat((double) many.spokes.allocated / few.spokes.allocated)
        .as("as the initiator: %d, then %d octets", few.spokes.allocated, many.spokes.allocated)
        .isLessThan(GROWTH);
  }

  /** One engine plays all spokes; the hub knows them by their names, not by their addresses. */
  private static final class HubAndSpokes {
    private static final IpAddress HUB = Ipv4Address.of("192.0.2.1");

    final Side hub;
    final Side spokes;
    private final ThreadMXBean threads;
    private final Queue<Runnable> agenda = new ArrayDeque<>();
    private final int count;
    private Instant now = Wire.START;

    HubAndSpokes(int count, ThreadMXBean threads) {
      this.count = count;
      this.threads = threads;
      hub = new Side(1);
      spokes = new Side(2);
      List<Configs> ofHub = new ArrayList<>();
      List<Configs> ofSpokes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Configs spoke = Configs.towards(HUB.toString());
        spoke.name = Integer.toString(i);
        spoke.vpn = new InterfaceName("st0", i);
        spoke.external = new InterfaceName("eth0", i);
        spoke.local = new IkeIdentity.Hostname("spoke" + i);
        ofSpokes.add(spoke);
        Configs towards = Configs.towards(null).responder();
        towards.name = spoke.name;
        towards.vpn = spoke.vpn;
        towards.remote = spoke.local;
        ofHub.add(towards);
      }
      hub.handle(new IkeEvent.InterfacesChanged(addresses(List.of(HUB))));
      hub.handle(new IkeEvent.ConfigurationCommitted(together(ofHub)));
      spokes.handle(
          new IkeEvent.InterfacesChanged(
              addresses(IntStream.range(0, count).mapToObj(HubAndSpokes::spoke).toList())));
      spokes.handle(new IkeEvent.ConfigurationCommitted(together(ofSpokes)));
      run();
      assertAllUp();
      hub.allocated = 0;
      spokes.allocated = 0;
    }

    private static IpsecConfig together(List<Configs> configs) {
      return Configs.together(configs.toArray(Configs[]::new));
    }

    private static IpAddress spoke(int number) {
      return new Ipv4Address(Ipv4Address.of("198.18.0.1").bits() + number);
    }

    private static InterfaceChanges addresses(List<IpAddress> addresses) {
      List<InterfaceState> interfaces = new ArrayList<>();
      for (int i = 0; i < addresses.size(); i++) {
        List<InterfaceAddress> has = List.of(InterfaceAddress.of(addresses.get(i) + "/32"));
        interfaces.add(
            new InterfaceState(new InterfaceName("eth0", i), 2 + i, true, false, false, 1500, has));
      }
      return InterfaceChanges.of(interfaces);
    }

    void lives() {
      for (int i = 0; i < MEASURED; i++) {
        String gateway = "gw" + (count - 1 - i);
        spokes.handle(new IkeEvent.RekeyRequested(gateway, false));
        run();
        spokes.handle(new IkeEvent.RekeyRequested(gateway, true));
        run();
        spokes.handle(new IkeEvent.ClearSecurityAssociations(gateway));
        run();
      }
      assertAllUp();
    }

    private void assertAllUp() {
      for (Side side : List.of(hub, spokes)) {
        assertThat(side.engine.vpns()).hasSize(count).allMatch(vpn -> vpn.up());
        assertThat(side.engine.ikeSas(now)).hasSize(count);
        assertThat(side.engine.ipsecSas(now).stream().filter(sa -> sa.inUse())).hasSize(count);
      }
    }

    private void run() {
      while (!agenda.isEmpty()) {
        agenda.remove().run();
      }
    }

    private final class Side {
      final IkeEngine engine;
      long allocated;

      Side(long seed) {
        engine = new IkeEngine(new SplittableRandom(seed), 1, Secret.copyOf(new byte[] {1}));
      }

      void handle(IkeEvent event) {
        now = now.plusMillis(1);
        List<IkeAction> actions = new ArrayList<>();
        long thread = Thread.currentThread().threadId();
        long before = threads.getThreadAllocatedBytes(thread);
        engine.handle(event, now, actions::add);
        allocated += threads.getThreadAllocatedBytes(thread) - before;
        actions.forEach(this::act);
      }

      private void act(IkeAction action) {
        switch (action) {
          case IkeAction.SendDatagram(var local, var remote, var message, boolean whole) ->
              agenda.add(() ->
                  (this == hub ? spokes : hub)
                      .handle(new IkeEvent.DatagramReceived(remote, local, message)));
          case IkeAction.Compute(long id, var computation) ->
              agenda.add(() -> handle(new IkeEvent.Computed(id, computation.run())));
          case IkeAction.ReadActivity(long spi, var pairs) ->
              agenda.add(() -> handle(new IkeEvent.ActivityRead(spi, new TreeMap<>())));
          default -> {
            // All packets are imagined.
          }
        }
      }
    }
  }
}
