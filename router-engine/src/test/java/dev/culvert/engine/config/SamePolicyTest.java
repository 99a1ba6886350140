package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.core.config.Diagnostics;
import org.junit.jupiter.api.Test;

/** Policies are compiled at each commit; BGP has to see that most of them are what they were. */
class SamePolicyTest {
  private static final String BGP =
      """
      routing-options { router-id 10.0.0.1; autonomous-system 65001; }
      protocols { bgp { group hub {
          type external; peer-as 65002; import in; export out; neighbor 192.0.2.2;
      } } }
      policy-options {
          prefix-list lan { 10.1.0.0/16; }
          community blue members [ 65001:1 65001:7* no-export ];
          as-path short "65002 .{0,3}";
          policy-statement in {
              term a { from { community blue; as-path short; } then { local-preference 200; accept; } }
              term b { from { route-filter 10.0.0.0/8 orlonger; } then { community add plain; accept; } }
              then reject;
          }
          policy-statement out {
              term a { from { protocol [ static direct ]; prefix-list lan; } then { metric 5; accept; } }
          }
          community plain members 65001:2;
      }
      """;

  @Test
  void theSameTextMeansEqualPeersToBgp() {
    assertThat(bgp(BGP).isEmpty()).isFalse();
    assertThat(bgp(BGP)).isEqualTo(bgp(BGP)).hasSameHashCodeAs(bgp(BGP));
  }

  @Test
  void aChangeAnywhereInAPolicyMakesAnotherPeer() {
    String[][] changes = {
      {"10.1.0.0/16", "10.2.0.0/16"},
      {"65001:7*", "65001:8*"},
      {"65001:2", "65001:3"},
      {".{0,3}", ".{0,4}"},
      {"local-preference 200", "local-preference 201"},
      {"orlonger", "exact"},
      {"[ static direct ]", "static"},
      {"then reject", "then accept"},
    };
    for (String[] change : changes) {
      String changed = BGP.replace(change[0], change[1]);
      assertThat(bgp(changed)).as(change[1]).isNotEqualTo(bgp(BGP));
    }
  }

  private static BgpConfig bgp(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test.conf", text, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return config.bgp();
  }
}
