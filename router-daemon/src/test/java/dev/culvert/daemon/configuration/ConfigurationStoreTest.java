package dev.culvert.daemon.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.daemon.configuration.ConfigurationSession.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Candidate, commit and rollback, in virtual time and with a disk that loses power. */
class ConfigurationStoreTest {
  private static final String FIRST = "system {\n    host-name one;\n}\n";

  private final StoreSite site = new StoreSite(FIRST);

  private String hostName() {
    return site.inForce.system().hostName();
  }

  private static String file(String hostName) {
    return "system {\n    host-name " + hostName + ";\n}\n";
  }

  @Test
  void aCommitIsInForceInTheFileAndInTheHistory() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    assertThat(hostName()).isEqualTo("one");
    assertThat(root.type("commit comment \"the second\"")).isEqualTo("commit complete");
    assertThat(root.error).isEmpty();
    assertThat(hostName()).isEqualTo("two");
    assertThat(site.disk.file()).contains(file("two"));
    assertThat(site.store.commits())
        .extracting(CommitRecord::client, CommitRecord::comment)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("cli", "the second"),
            org.assertj.core.groups.Tuple.tuple("file", ""));
    assertThat(root.type("show | compare rollback 1"))
        .isEqualTo("[edit system]\n-   host-name one;\n+   host-name two;");
  }

  @Test
  void whatCannotBeCommittedChangesNothingAndSaysWhereItIsWrong() {
    StoreSite.Operator root = site.configure();
    root.type("set routing-options static route 10.0.0.0/8 next-hop 10.0.0.1");
    root.type("set security ipsec vpn v ike gateway absent");
    assertThat(root.type("commit")).contains("[edit security ipsec vpn v").contains("error: ");
    assertThat(root.error).isEqualTo("error: configuration check-out failed");
    assertThat(site.commits).isZero();
    assertThat(site.disk.file()).contains(FIRST);
  }

  @Test
  void aKernelThatRefusesLeavesTheOldOne() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    site.kernelRefuses = Optional.of("no room");
    assertThat(root.type("commit")).contains("no room");
    assertThat(root.error).startsWith("error: commit failed");
    assertThat(site.disk.file()).contains(FIRST);
    assertThat(site.store.commits()).hasSize(1);
  }

  @Test
  void whatCannotBeSavedDoesNotStayInForce() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    site.disk.changesLeft = 0;
    root.type("commit");
    assertThat(root.error).contains("cannot save the configuration: no power");
    assertThat(hostName()).isEqualTo("one");
    // Nothing of it is left once the disk takes something again.
    site.disk.again();
    root.type("commit");
    assertThat(site.store.commits()).hasSize(2);
  }

  /** A full disk at the start: a site is not left without its router. */
  @Test
  void aDiskThatTakesNothingLeavesTheRouterRunning() {
    MemoryDisk full = new MemoryDisk(FIRST);
    full.changesLeft = 0;
    ConfigurationStore store =
        new ConfigurationStore(full, site, () -> site.now, (delay, what) -> {});
    assertThat(store.commits()).isEmpty();
    assertThat(store.active().toBraces(true)).isEqualTo(FIRST);
  }

  @Test
  void aCommitThatIsNotConfirmedGoesBackByItself() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    assertThat(root.type("commit confirmed 1")).contains("rolled back in 1 minutes");
    site.pass(Duration.ofSeconds(59));
    assertThat(hostName()).isEqualTo("two");
    site.pass(Duration.ofSeconds(1));
    assertThat(hostName()).isEqualTo("one");
    assertThat(site.disk.file()).contains(FIRST);
    assertThat(site.store.commits().getFirst().comment()).contains("was not confirmed");
    // The candidate is what is in force again.
    assertThat(root.type("show | compare")).isEmpty();
  }

  /** The first may be the one that has cut the operator off. */
  @Test
  void oneUnconfirmedCommitAfterAnotherGoesBackToTheLastThatWasToStay() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    root.type("commit confirmed 1");
    site.pass(Duration.ofSeconds(30));
    root.type("set system host-name three");
    root.type("commit confirmed 1");
    site.pass(Duration.ofSeconds(59));
    assertThat(hostName()).isEqualTo("three");
    site.pass(Duration.ofSeconds(1));
    assertThat(hostName()).isEqualTo("one");
    assertThat(site.disk.file()).contains(FIRST);
  }

  /** Power fails during the commit that follows an unconfirmed one. */
  @Test
  void anUnconfirmedCommitNeverStaysByAccident() {
    for (String how : List.of("commit", "commit confirmed 1")) {
      for (int kept = 0; kept < 12; kept++) {
        StoreSite site = new StoreSite(FIRST);
        StoreSite.Operator root = site.configure();
        root.type("set system host-name two");
        root.type("commit confirmed 1");
        root.type("set system host-name three");
        site.disk.changesLeft = kept;
        String told = root.type(how);
        site.start();
        String name = site.inForce.system().hostName();
        if (how.equals("commit") && told.endsWith("commit complete")) {
          assertThat(name).isEqualTo("three");
        } else {
          assertThat(name)
              .as("%s, %d", how, kept)
              .isIn("one", how.equals("commit") ? "three" : "one");
        }
        assertThat(site.disk.file()).as("%s, %d", how, kept).contains(file(name));
        assertThat(site.store.minutesToConfirm()).isZero();
      }
    }
  }

  @Test
  void anotherCommitConfirms() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    root.type("commit confirmed");
    site.pass(Duration.ofMinutes(9));
    assertThat(root.type("commit")).isEqualTo("commit complete");
    site.pass(Duration.ofHours(1));
    assertThat(hostName()).isEqualTo("two");
    assertThat(site.store.minutesToConfirm()).isZero();
  }

  /** A crash in between: nobody is there to see the time run out. */
  @Test
  void anUnconfirmedCommitIsTakenBackAtTheNextStart() {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    root.type("commit confirmed 5");
    site.start();
    assertThat(hostName()).isEqualTo("one");
    assertThat(site.disk.file()).contains(FIRST);
    site.start();
    assertThat(site.store.commits()).hasSize(3);
  }

  @Test
  void aFileThatWasEditedSinceIsNotTakenBack() throws Exception {
    StoreSite.Operator root = site.configure();
    root.type("set system host-name two");
    root.type("commit confirmed 5");
    site.disk.replaceFile(file("three"));
    site.start();
    assertThat(hostName()).isEqualTo("three");
    assertThat(site.store.commits().getFirst().client()).isEqualTo("file");
  }

  /** After each change of the disk that a commit makes: the old one or the new one, whole. */
  @Test
  void powerThatFailsDuringACommitLeavesTheOldOrTheNew() {
    for (String how : List.of("commit", "commit confirmed 1")) {
      for (int kept = 0; kept < 12; kept++) {
        StoreSite site = new StoreSite(FIRST);
        StoreSite.Operator root = site.configure();
        root.type("set system host-name two");
        site.disk.changesLeft = kept;
        root.type(how);
        site.start();
        String name = site.inForce.system().hostName();
        assertThat(name).as("%s, %d", how, kept).isIn("one", "two");
        // What is in force, the file and the history are of one mind, and the next commit is too.
        assertThat(site.disk.file()).as("%s, %d", how, kept).contains(file(name));
        StoreSite.Operator next = site.configure();
        next.type("set system host-name three");
        next.type("commit");
        site.start();
        assertThat(site.inForce.system().hostName()).isEqualTo("three");
        assertThat(site.disk.file()).contains(file("three"));
        assertThat(Set.copyOf(site.store.commits())).hasSize(site.store.commits().size());
        assertThat(site.configure().type("show | compare rollback 1"))
            .contains("+   host-name three;");
      }
    }
  }

  @Test
  void fiftyCommitsAreKept() {
    StoreSite.Operator root = site.configure();
    for (int i = 0; i < 60; i++) {
      root.type("set system host-name h" + i);
      assertThat(root.type("commit")).isEqualTo("commit complete");
    }
    assertThat(site.store.commits()).hasSize(50);
    root.type("rollback 49");
    assertThat(root.type("show system host-name")).contains("h10");
    root.type("rollback 50");
    assertThat(root.error).contains("there is no such commit");
    root.type("rollback");
    assertThat(root.type("show | compare")).isEmpty();
  }

  @Test
  void operatorsShareACandidateUnlessOneHasItsOwn() {
    StoreSite.Operator alice = site.configure("alice", Kind.SHARED);
    StoreSite.Operator bob = site.configure("bob", Kind.SHARED);
    assertThat(bob.error).contains("Users currently editing the configuration: alice");
    StoreSite.Operator carol = site.configure("carol", Kind.PRIVATE);
    alice.type("set system host-name shared");
    carol.type("set routing-options router-id 192.0.2.9");
    assertThat(bob.type("show system")).contains("shared");
    assertThat(carol.type("show system")).contains("one");
    carol.type("commit");
    assertThat(carol.error).isEmpty();
    assertThat(hostName()).isEqualTo("one");
    alice.type("commit");
    assertThat(hostName()).isEqualTo("shared");
  }

  @Test
  void aPrivateCandidateIsLaidUponWhatIsInForceByThen() {
    StoreSite.Operator alice = site.configure("alice", Kind.PRIVATE);
    StoreSite.Operator bob = site.configure("bob", Kind.PRIVATE);
    alice.type("set system host-name two");
    bob.type("set routing-options router-id 192.0.2.9");
    alice.type("commit");
    bob.type("commit");
    assertThat(bob.error).isEmpty();
    assertThat(hostName()).isEqualTo("two");
    assertThat(site.inForce.routing().routerId()).isNotNull();
  }

  @Test
  void whoeverEditsExclusivelyIsAlone() {
    StoreSite.Operator alice = site.configure("alice", Kind.EXCLUSIVE);
    assertThat(site.configure("bob", Kind.SHARED).error)
        .isEqualTo("error: configuration database locked by: alice (exclusive)");
    alice.type("set system host-name two");
    assertThat(alice.type("exit")).contains("uncommitted changes discarded");
    StoreSite.Operator bob = site.configure("bob", Kind.SHARED);
    assertThat(bob.type("show system")).contains("one");
  }

  @Test
  void theFileReadAgainIsACommitToo() throws Exception {
    StoreSite.Operator root = site.configure();
    site.disk.replaceFile(file("edited"));
    assertThat(site.store.reload("root")).isEmpty();
    assertThat(root.type("show system")).contains("edited");
    root.type("rollback 1");
    root.type("commit");
    assertThat(hostName()).isEqualTo("one");
  }

  @Test
  void theRescueConfigurationComesBack() throws Exception {
    StoreSite.Operator root = site.configure();
    root.type("rollback rescue");
    assertThat(root.error).contains("no rescue configuration");
    site.store.saveRescue();
    root.type("set system host-name two");
    root.type("commit");
    root.type("rollback rescue");
    root.type("commit");
    assertThat(hostName()).isEqualTo("one");
  }
}
