package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Secret;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEngine;
import dev.culvert.ipsec.ike.IkeEvent;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What a tunnel's change of state costs among few tunnels and among many, in octets that routing
 * and IKE allocate for it.
 */
class ManyTunnelsTest {
  private static final int FEW = 50;
  private static final int MANY = 500;

  /** Trees are a little deeper; nothing may be gone through from end to end. */
  private static final double GROWTH = 1.5;

  private static final int MEASURED = 20;

  private record Cost(double routing, double ike) {}

  @Test
  void aTunnelThatGoesUpOrDownCostsAsMuchAmongManyAsAmongFew() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    new Router(FEW).costOfAChange(threads);
    Cost amongFew = new Router(FEW).costOfAChange(threads);
    Cost amongMany = new Router(MANY).costOfAChange(threads);
    assertThat(amongMany.routing() / amongFew.routing())
        .as("routing: %s, then %s octets a change", amongFew, amongMany)
        .isLessThan(GROWTH);
    assertThat(amongMany.ike() / amongFew.ike())
        .as("IKE: %s, then %s octets a change", amongFew, amongMany)
        .isLessThan(GROWTH);
  }

  @Test
  void ikeIsToldOfTheInterfacesThatChangedAlone() {
    Router router = new Router(MANY);
    router.toIke.clear();
    router.handle(new RouterEvent.TunnelChanged(InterfaceName.of("st0.450"), true));
    assertThat(router.toIke)
        .singleElement()
        .isInstanceOfSatisfying(
            IkeEvent.InterfacesChanged.class,
            event -> {
              assertThat(event.changes().changed())
                  .singleElement()
                  .isEqualTo(Router.tunnel(450, true));
              assertThat(event.changes().gone()).isEmpty();
            });
  }

  /** A router of which half of the tunnels are up. */
  private static final class Router {
    private final RouterEngine engine = new RouterEngine(new SplittableRandom(1));
    private final IkeEngine ike =
        new IkeEngine(new SplittableRandom(2), 1, Secret.copyOf(new byte[] {1}));
    private final List<IkeEvent> toIke = new ArrayList<>();
    private final List<FibOperation> toKernel = new ArrayList<>();
    private final List<IkeAction> fromIke = new ArrayList<>();
    private final int tunnels;
    private Instant now = Instant.EPOCH;

    Router(int tunnels) {
      this.tunnels = tunnels;
      handle(new RouterEvent.ConfigurationCommitted(configuration(tunnels)));
      List<InterfaceState> devices = new ArrayList<>();
      devices.add(outer(tunnels));
      IntStream.range(0, tunnels).forEach(unit -> devices.add(tunnel(unit, true)));
      handle(new RouterEvent.InterfacesChanged(devices));
      for (int unit = 0; unit < tunnels / 2; unit++) {
        handle(new RouterEvent.TunnelChanged(tunnel(unit), true));
      }
      forward();
    }

    Cost costOfAChange(ThreadMXBean threads) {
      long thread = Thread.currentThread().threadId();
      long start = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < MEASURED; i++) {
        int unit = tunnels - 1 - i;
        handle(new RouterEvent.TunnelChanged(tunnel(unit), true));
        handle(new RouterEvent.TunnelRemoteChanged(tunnel(unit), unit, elsewhere(unit)));
        handle(new RouterEvent.TunnelChanged(tunnel(unit), false));
        handle(new RouterEvent.TunnelRemoteChanged(tunnel(unit), unit, null));
      }
      long routed = threads.getThreadAllocatedBytes(thread);
      forward();
      long forwarded = threads.getThreadAllocatedBytes(thread);
      assertThat(
              engine
                  .tables()
                  .table(TableId.INET)
                  .active(IpPrefix.parse("100.64.3.0/24").orElseThrow()))
          .isNotNull();
      return new Cost(
          (double) (routed - start) / (2 * MEASURED),
          (double) (forwarded - routed) / (2 * MEASURED));
    }

    /** What routing has told IKE. */
    private void forward() {
      toIke.forEach(event -> ike.handle(event, now, fromIke::add));
      toIke.clear();
      fromIke.clear();
    }

    private void handle(RouterEvent event) {
      now = now.plusMillis(1);
      engine.handle(event, now, this::act);
      while (!toKernel.isEmpty()) {
        List<FibResult> done = toKernel.stream().map(FibResult::done).toList();
        toKernel.clear();
        engine.handle(new RouterEvent.FibUpdated(done), now, this::act);
      }
    }

    private void act(RouterAction action) {
      if (action instanceof RouterAction.Ike(IkeEvent event)) {
        toIke.add(event);
      } else if (action instanceof RouterAction.UpdateFib update) {
        toKernel.addAll(update.operations());
      }
    }

    static InterfaceName tunnel(int unit) {
      return new InterfaceName("st0", unit);
    }

    static InterfaceState tunnel(int unit, boolean up) {
      Ipv4Address own = new Ipv4Address(Ipv4Address.of("172.16.0.1").bits() + 4 * unit);
      return new InterfaceState(
          tunnel(unit), 10 + unit, up, true, false, 1400, List.of(new InterfaceAddress(own, 30)));
    }

    private static InterfaceState outer(int tunnels) {
      return new InterfaceState(
          InterfaceName.of("eth0.0"),
          2,
          true,
          false,
          false,
          1500,
          IntStream.range(0, tunnels)
              .mapToObj(number -> new InterfaceAddress(local(number), 12))
              .toList());
    }

    private static Ipv4Address local(int number) {
      return new Ipv4Address(Ipv4Address.of("10.1.0.1").bits() + number);
    }

    private static Ipv4Address remote(int number) {
      return new Ipv4Address(Ipv4Address.of("10.2.0.1").bits() + number);
    }

    private static Ipv4Address elsewhere(int number) {
      return new Ipv4Address(Ipv4Address.of("10.3.0.1").bits() + number);
    }

    private static RouterConfig configuration(int tunnels) {
      String text =
          """
          interfaces {
              eth0 { unit 0 { family inet { %s } } }
              st0 { %s }
          }
          routing-options { autonomous-system 65001; router-id 10.1.0.1; static { %s } }
          protocols { bgp { group g { type external; neighbor 10.1.255.1 { peer-as 65002; } } } }
          security {
              ike {
                  proposal p { authentication-method pre-shared-keys; dh-group group31;
                      encryption-algorithm aes-256-gcm; prf hmac-sha2-256; }
                  policy p { proposals p; pre-shared-key ascii-text "secret words"; }
                  %s
              }
              ipsec {
                  proposal p { protocol esp; encryption-algorithm aes-256-gcm; }
                  policy p { proposals p; }
                  %s
              }
          }
          """
              .formatted(
                  each(tunnels, i -> "address " + local(i) + "/12;"),
                  each(
                      tunnels,
                      i ->
                          "unit %d { family inet { address %s; } }"
                              .formatted(i, tunnel(i, true).addresses().getFirst())),
                  each(
                      tunnels,
                      i ->
                          "route %s/24 next-hop st0.%d;"
                              .formatted(
                                  new Ipv4Address(Ipv4Address.of("100.64.0.0").bits() + 256 * i),
                                  i)),
                  each(
                      tunnels,
                      i ->
                          """
                          gateway g%d { ike-policy p; address %s; local-address %s;
                              external-interface eth0.0; version v2-only; }
                          """
                              .formatted(i, remote(i), local(i))),
                  each(
                      tunnels,
                      i ->
                          """
                          vpn v%1$d { bind-interface st0.%1$d; ike { gateway g%1$d;
                              ipsec-policy p; } establish-tunnels responder-only; }
                          """
                              .formatted(i)));
      Diagnostics diagnostics = new Diagnostics();
      RouterConfig config = RouterConfigReader.read("many", text, diagnostics);
      assertThat(diagnostics.findings()).allMatch(f -> f.severity() == Diagnostics.Severity.NOTE);
      assertThat(config).isNotNull();
      return config;
    }

    private static String each(int tunnels, IntFunction<String> text) {
      return IntStream.range(0, tunnels).mapToObj(text).collect(Collectors.joining("\n"));
    }
  }
}
