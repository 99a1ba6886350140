package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectorRoutesTest {
  private final SelectorRoutes routes = new SelectorRoutes();

  @Test
  void aRouteIsThereWhileItsSelectorIsUp() {
    assertThat(told(1, 0, 5, "10.2.0.0/16", "2001:db8::/32"))
        .containsExactly(
            "inet.0 10.2.0.0/16 st0.0 preference 5", "inet6.0 2001:db8::/32 st0.0 preference 5");
    assertThat(told(1, 0, 5)).containsExactly("inet.0 -10.2.0.0/16", "inet6.0 -2001:db8::/32");
  }

  /** A rekey may have agreed upon something else. */
  @Test
  void aSelectorThatLeadsElsewhereTakesItsRoutesAlong() {
    told(1, 0, 5, "10.2.0.0/16", "10.3.0.0/16");
    assertThat(told(1, 0, 5, "10.3.0.0/16", "10.4.0.0/16"))
        .containsExactlyInAnyOrder(
            "inet.0 -10.2.0.0/16",
            "inet.0 10.3.0.0/16 st0.0 preference 5",
            "inet.0 10.4.0.0/16 st0.0 preference 5");
  }

  @Test
  void theBestOfSeveralSelectorsSpeaksForThePrefixAndTheLastTakesItAway() {
    told(1, 0, 9, "10.2.0.0/16");
    assertThat(told(2, 0, 7, "10.2.0.0/16"))
        .containsExactly("inet.0 10.2.0.0/16 st0.0 preference 7");
    assertThat(told(2, 0, 7)).containsExactly("inet.0 10.2.0.0/16 st0.0 preference 9");
    assertThat(told(1, 0, 9)).containsExactly("inet.0 -10.2.0.0/16");
  }

  @Test
  void twoTunnelsToOnePrefixAreTwoRoutes() {
    told(1, 0, 5, "10.2.0.0/16");
    assertThat(told(2, 1, 6, "10.2.0.0/16"))
        .containsExactly("inet.0 10.2.0.0/16 st0.1 preference 6");
    assertThat(told(1, 0, 5)).containsExactly("inet.0 -10.2.0.0/16");
  }

  private List<String> told(int selector, int unit, long preference, String... remotes) {
    List<IpPrefix> prefixes =
        Arrays.stream(remotes).map(r -> IpPrefix.parse(r).orElseThrow()).toList();
    List<String> told = new ArrayList<>();
    for (RouteUpdate update :
        routes.changed(
            new RouterEvent.SelectorChanged(
                selector, InterfaceName.of("st0." + unit), prefixes, 5, preference))) {
      assertThat(update.source().protocol()).isEqualTo(RouteProtocol.ARI_TS);
      switch (update) {
        case RouteUpdate.Announce(var table, var route) ->
            told.add(
                table
                    + " "
                    + route.prefix()
                    + " "
                    + route.source().instance()
                    + " preference "
                    + route.preference());
        case RouteUpdate.Withdraw(var table, var prefix, var source) ->
            told.add(table + " -" + prefix);
        case RouteUpdate.Withhold withhold -> told.add("withheld " + withhold.prefix());
      }
    }
    return told;
  }
}
