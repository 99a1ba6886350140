package dev.culvert.core.fib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibOperation.Install;
import dev.culvert.core.fib.FibOperation.Remove;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplaceGuardTest {
  private static final int METRIC = KernelRoute.METRIC;

  private final ReplaceGuard guard = new ReplaceGuard();

  @Test
  void whatWouldReplaceARouteThatRoutingHadNotHeardOfIsHeldBack() {
    long number = guard.heard(added("10.1.0.0/16", METRIC));

    assertThat(guard.allows(replace("10.1.0.0/16", METRIC), number - 1)).isFalse();
    assertThat(guard.allows(replace("10.1.0.0/16", METRIC - 1), number - 1)).isTrue();
    assertThat(guard.allows(replace("10.2.0.0/16", METRIC), number - 1)).isTrue();
    assertThat(guard.allows(replace("10.1.0.0/16", METRIC), number)).isTrue();
  }

  @Test
  void additionsAndRemovalsHitNobodyElseButWhereIpv6HasJoinedThem() {
    long number = guard.heard(added("10.1.0.0/16", METRIC));
    guard.heard(added("2001:db8::/32", METRIC));

    assertThat(guard.allows(new Install(entry("10.1.0.0/16"), METRIC, false), number - 1)).isTrue();
    assertThat(guard.allows(remove("10.1.0.0/16"), number - 1)).isTrue();
    assertThat(guard.allows(remove("2001:db8::/32"), number - 1)).isFalse();
  }

  @Test
  void ourOwnRoutesAndRemovalsOfOthersHoldNothingBack() {
    guard.heard(
        new KernelRouteChange.Added(
            new KernelRoute(entry("10.1.0.0/16"), RouteProtocolNumber.CULVERT, METRIC), true));
    guard.heard(
        new KernelRouteChange.Removed(
            new KernelRoute(entry("10.1.0.0/16"), RouteProtocolNumber.STATIC, METRIC)));
    assertThat(guard.allows(replace("10.1.0.0/16", METRIC), 0)).isTrue();
  }

  @Test
  void afterALossAndBeyondWhatIsRememberedAnythingMayBeAnybodys() {
    long loss = guard.heardLoss();
    assertThat(guard.allows(replace("10.1.0.0/16", METRIC), loss - 1)).isFalse();
    assertThat(guard.allows(replace("10.1.0.0/16", METRIC), loss)).isTrue();

    long first = guard.heard(added("10.0.0.0/32", METRIC));
    for (int i = 1; i <= 4096; i++) {
      guard.heard(added("10.1.%d.%d/32".formatted(i >> 8, i & 0xFF), METRIC));
    }
    assertThat(guard.allows(replace("10.9.0.0/16", METRIC), first - 1)).isFalse();
    assertThat(guard.allows(replace("10.9.0.0/16", METRIC), first)).isTrue();
    assertThat(guard.allows(replace("10.1.0.1/32", METRIC), first)).isFalse();
  }

  private static KernelRouteChange added(String prefix, int metric) {
    return new KernelRouteChange.Added(
        new KernelRoute(entry(prefix), RouteProtocolNumber.STATIC, metric), false);
  }

  private static Install replace(String prefix, int metric) {
    return new Install(entry(prefix), metric, true);
  }

  private static Remove remove(String prefix) {
    return new Remove(entry(prefix).key(), METRIC, List.of());
  }

  private static FibEntry entry(String text) {
    IpPrefix prefix = IpPrefix.parse(text).orElseThrow();
    return new FibEntry(TableId.of(prefix.family()), prefix, FibEntry.Kind.BLACKHOLE, List.of());
  }
}
