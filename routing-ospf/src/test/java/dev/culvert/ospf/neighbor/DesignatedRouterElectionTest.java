package dev.culvert.ospf.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.neighbor.DesignatedRouterElection.Candidate;
import dev.culvert.ospf.neighbor.DesignatedRouterElection.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RFC 2328 §9.4. Router N has the id 1.1.1.N and the address 192.0.2.N. */
class DesignatedRouterElectionTest {
  @Test
  void aRouterAloneBecomesDesignatedWithoutBackup() {
    assertThat(elect(router(1, 128, 0, 0))).isEqualTo(outcome(1, 0));
  }

  @Test
  void aRouterAloneOfPriorityZeroElectsNobody() {
    assertThat(elect(router(1, 0, 0, 0))).isEqualTo(outcome(0, 0));
  }

  @Test
  void whenNobodyDeclaresTheHighestIdBecomesBackupAndThenDesignated() {
    Candidate[] others = {router(2, 128, 0, 0), router(3, 128, 0, 0)};
    assertThat(elect(router(4, 128, 0, 0), others)).isEqualTo(outcome(4, 3));
  }

  @Test
  void priorityCountsBeforeTheId() {
    assertThat(elect(router(1, 200, 0, 0), router(9, 100, 0, 0))).isEqualTo(outcome(1, 9));
  }

  @Test
  void aSittingDesignatedRouterIsNotDisplacedByABetterOne() {
    assertThat(elect(router(9, 255, 0, 0), router(1, 1, 1, 2), router(2, 1, 1, 2)))
        .isEqualTo(outcome(1, 2));
  }

  @Test
  void theBackupIsPromotedWhenTheDesignatedRouterIsGone() {
    assertThat(elect(router(2, 128, 1, 2), router(3, 128, 1, 2), router(4, 128, 1, 2)))
        .isEqualTo(outcome(2, 4));
  }

  @Test
  void ofTwoThatClaimToBeDesignatedTheHigherStays() {
    assertThat(elect(router(1, 128, 1, 0), router(2, 128, 2, 0))).isEqualTo(outcome(2, 1));
  }

  @Test
  void routersOfPriorityZeroAreNeverElected() {
    assertThat(elect(router(1, 1, 0, 0), router(9, 0, 9, 9))).isEqualTo(outcome(1, 0));
  }

  private static Outcome elect(Candidate self, Candidate... neighbors) {
    return DesignatedRouterElection.elect(self, List.of(neighbors));
  }

  private static Candidate router(int number, int priority, int designated, int backup) {
    return new Candidate(
        RouterId.of("1.1.1." + number),
        address(number),
        priority,
        address(designated),
        address(backup));
  }

  private static Outcome outcome(int designated, int backup) {
    return new Outcome(address(designated), address(backup));
  }

  private static Ipv4Address address(int number) {
    return number == 0 ? Ipv4Address.ANY : Ipv4Address.of("192.0.2." + number);
  }
}
