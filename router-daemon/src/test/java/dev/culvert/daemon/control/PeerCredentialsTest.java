package dev.culvert.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.daemon.control.PeerCredentials.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerCredentialsTest {
  private static final List<String> GROUP_FILE =
      List.of(
          "root:x:0:",
          "# a comment",
          "broken",
          "odd:x:not-a-number:",
          "huge:x:99999999999:",
          "culvert-view:x:990:ann",
          "culvert:x:991:bob",
          "culvert-old:x:992:");

  @Test
  void rootMayConfigureWhateverItsGroups() throws Exception {
    assertThat(PeerCredentials.roleOf(1, 0, 12345)).isEqualTo(Role.CONFIGURE);
  }

  @Test
  void theGroupGivesTheRole() {
    assertThat(PeerCredentials.roleOf(List.of(991), GROUP_FILE)).isEqualTo(Role.CONFIGURE);
    assertThat(PeerCredentials.roleOf(List.of(990), GROUP_FILE)).isEqualTo(Role.VIEW);
    assertThat(PeerCredentials.roleOf(List.of(990, 991), GROUP_FILE)).isEqualTo(Role.CONFIGURE);
    assertThat(PeerCredentials.roleOf(List.of(7, 990), GROUP_FILE)).isEqualTo(Role.VIEW);
  }

  @Test
  void everyoneElseHasNone() {
    assertThat(PeerCredentials.roleOf(List.of(), GROUP_FILE)).isEqualTo(Role.NONE);
    assertThat(PeerCredentials.roleOf(List.of(0, 992, 1000), GROUP_FILE)).isEqualTo(Role.NONE);
    assertThat(PeerCredentials.roleOf(List.of(991), List.of())).isEqualTo(Role.NONE);
  }
}
