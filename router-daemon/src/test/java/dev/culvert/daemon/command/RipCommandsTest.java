package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.protocol.Request;
import dev.culvert.daemon.configuration.StoreSite;
import dev.culvert.daemon.show.FakeRouterState;
import org.junit.jupiter.api.Test;

class RipCommandsTest {
  private final FakeRouterState router = new FakeRouterState();
  private final Commands commands =
      new Commands(router, new StoreSite("system { host-name branch; }").store);

  @Test
  void theWordRipIsNotRipngWhateverElseIsAbbreviated() {
    assertThat(text("show rip nei").error()).isNull();
    assertThat(text("show rip nei").text()).contains("10.0.0.1");
    assertThat(text("show ripng nei").text()).contains("fe80::1");
    assertThat(text("show ri nei").error()).contains("ambiguous");
  }

  @Test
  void oneNeighborIsAskedForByItsInterface() {
    assertThat(text("show rip neighbor st0.0").text()).contains("st0.0").doesNotContain("eth1.0");
    assertThat(text("show rip statistics st0.0").text()).contains("st0.0:  3 routes learned");
    assertThat(text("show rip statistics st0.7").error()).isEqualTo("no such neighbor: st0.7");
    assertThat(text("show rip neighbor st0.0 st0.1").error())
        .isEqualTo("name the neighbor by its interface");
  }

  @Test
  void countersAreClearedByWhoMayConfigure() {
    assertThat(text("clear rip statistics").error()).contains("permission denied");
    assertThat(
            Answers.of(commands, "clear ripng statistics st0.0", Request.Format.TEXT, true).error())
        .isNull();
    assertThat(router.orders).containsExactly("clear ripng st0.0");
  }

  private Answers text(String command) {
    return Answers.of(commands, command, Request.Format.TEXT, false);
  }
}
