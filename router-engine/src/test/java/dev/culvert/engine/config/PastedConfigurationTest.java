package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is copied out of a Junos router's terminal, as it stands. */
class PastedConfigurationTest {
  private static List<String> errors(Diagnostics diagnostics) {
    return diagnostics.findings().stream()
        .filter(f -> f.severity() == Severity.ERROR)
        .map(f -> f.position().line() + ": [" + f.path() + "] " + f.message())
        .toList();
  }

  private static String set(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("pasted", text, diagnostics);
    assertThat(errors(diagnostics)).as(text).isEmpty();
    return config.tree().toSet(true);
  }

  private static List<String> refusals(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read("pasted", text, diagnostics);
    return errors(diagnostics);
  }

  @Test
  void aSetLineMayNameSeveralLeavesOfOneLevel() {
    assertThat(
            set(
                """
                set interfaces eth0 unit 0 family inet address 192.0.2.2/30
                set routing-options static route 10.0.0.0/8 next-hop 192.0.2.1 preference 10
                set system host-name r1
                """))
        .contains("set routing-options static route 10.0.0.0/8 next-hop 192.0.2.1\n")
        .contains("set routing-options static route 10.0.0.0/8 preference 10\n");
  }

  @Test
  void promptsAndTheCommandsBehindThemArePassedOver() {
    assertThat(
            set(
                """
                ops@r1> show configuration | display set | no-more
                set system host-name r1
                set routing-options router-id 10.255.0.1

                ops@r1>
                """))
        .isEqualTo("set system host-name r1\nset routing-options router-id 10.255.0.1\n");
    assertThat(
            set(
                """
                ops@r1> show configuration
                system {
                    host-name r1;
                }
                """))
        .isEqualTo("set system host-name r1\n");
    assertThat(
            set(
                """
                [edit]
                ops@r1# set system host-name r1
                [edit]
                ops@r1# commit
                """))
        .isEqualTo("set system host-name r1\n");
  }

  @Test
  void aSessionMovesAboutAsItDidThere() {
    assertThat(
            set(
                """
                configure
                set system host-name r1
                edit routing-options static
                set route 10.0.0.0/8 discard
                up
                set router-id 10.255.0.1
                top set system services metrics listen 127.0.0.1:9177
                set autonomous-system 65001
                top
                delete system services
                commit
                exit
                """))
        .isEqualTo(
            """
            set system host-name r1
            set routing-options static route 10.0.0.0/8 discard
            set routing-options router-id 10.255.0.1
            set routing-options autonomous-system 65001
            """);
    assertThat(refusals("edit protocls ospf\nset area 0 interface eth0.0\n").getFirst())
        .contains("did you mean 'protocols'?");
  }

  @Test
  void ofTwoValuesTheLastCountsAndIsWarnedOf() {
    String text =
        """
        routing-options { autonomous-system 65001; router-id 10.255.0.1; }
        routing-options { autonomous-system 65002; }
        """;
    assertThat(set(text)).contains("autonomous-system 65002").doesNotContain("65001");
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read("pasted", text, diagnostics);
    assertThat(diagnostics.findings())
        .extracting(f -> f.position().line() + " " + f.message())
        .contains("2 duplicate statement: this one counts, not that at line 1");
  }

  @Test
  void linesAfterAnEditThatLeadsNowhereAreNotTakenForOthers() {
    assertThat(
            refusals(
                """
                edit protocls ospf
                set area 0 interface eth0.0
                edit nothing
                top
                set system host-name r1
                """))
        .hasSize(1);
  }

  @Test
  void prefixesMayBeShort() {
    assertThat(
            set(
                """
                set interfaces eth0 unit 0 family inet address 192.0.2.2/30
                set interfaces lo0 unit 0 family inet address 10.255.0.1
                set routing-options static route 0/0 next-hop 192.0.2.1
                set routing-options static route 10/8 discard
                set routing-options static route 10.9.9.9 discard
                set policy-options prefix-list l 10.1.1.1/24
                set policy-options prefix-list l 10.2.0.1
                delete policy-options prefix-list l 10.1.1.9/24
                """))
        .contains("family inet address 10.255.0.1")
        .contains("route 0.0.0.0/0 ", "route 10.0.0.0/8 ", "route 10.9.9.9/32 ")
        .contains("prefix-list l 10.2.0.1/32\n")
        .doesNotContain("10.1.1");
    for (String wrong : List.of("10/33", "300/8", "10./8", "/8", "10/", "10.1.1.1.1/8")) {
      assertThat(refusals("set routing-options static route " + wrong + " discard"))
          .as(wrong)
          .hasSize(1);
    }
  }

  @Test
  void whatIsDeletedNeedNotBeThere() {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read(
        "pasted",
        """
        set system host-name r1
        delete system services metrics
        delete interfaces eth9
        """,
        diagnostics);
    assertThat(diagnostics.findings())
        .extracting(f -> f.position().line() + " " + f.message())
        .contains("2 statement not found", "3 statement not found");
    assertThat(errors(diagnostics)).isEmpty();
    assertThat(refusals("deactivate system services\n").getFirst()).contains("no such statement");
  }

  @Test
  void aListIsDeletedWhole() {
    assertThat(
            set(
                """
                set interfaces eth0 unit 0 family inet address 192.0.2.2/30
                set interfaces eth0 unit 0 family inet address 192.0.2.6/30
                set system host-name r1
                delete interfaces eth0 unit 0 family inet address
                """))
        .doesNotContain("192.0.2");
  }

  @Test
  void tagsAreTaken() {
    assertThat(
            set(
                """
                version 24.4R1.9;
                replace: system { host-name r1; }
                protect: routing-options { router-id 10.255.0.1; }
                active: policy-options { prefix-list l { 10.0.0.0/8; } }
                """))
        .isEqualTo(
            """
            set system host-name r1
            set routing-options router-id 10.255.0.1
            protect routing-options
            set policy-options prefix-list l 10.0.0.0/8
            """);
  }

  @Test
  void anInactiveStatementOfAnotherRouterDoesNothing() {
    assertThat(
            set(
                """
                inactive: snmp { community c; }
                system { host-name r1; inactive: name-server { 192.0.2.53; } }
                """))
        .isEqualTo("set system host-name r1\n");
  }

  @Test
  void commentsAndTagsAreKept() {
    String text =
        """
        /* the branch */
        protect: system {
            /* its name,
               of old */
            host-name r1;
        }
        # gone
        policy-options {
            prefix-list l {
                /* one */
                inactive: 10.0.0.0/8;
                10.1.0.0/16;
            }
            /* two */
            protect: inactive: prefix-list m;
        }
        """;
    Diagnostics diagnostics = new Diagnostics();
    String braces = RouterConfigReader.read("t", text, diagnostics).tree().toBraces(true);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(braces).isEqualTo(text.replace("# gone\n", ""));
    assertThat(RouterConfigReader.read("t", set(text), new Diagnostics()).tree().toBraces(true))
        .isEqualTo(braces);
  }

  @Test
  void aSetFileRenamesCopiesAndMoves() {
    assertThat(
            set(
                """
                set policy-options prefix-list a 10.0.0.0/8
                copy policy-options prefix-list a to b
                rename policy-options prefix-list a to prefix-list "c d"
                insert policy-options prefix-list b before prefix-list "c d"
                annotate policy-options prefix-list b "why b"
                protect policy-options prefix-list b
                """))
        .isEqualTo(
            """
            set policy-options prefix-list b 10.0.0.0/8
            annotate policy-options prefix-list b "why b"
            protect policy-options prefix-list b
            set policy-options prefix-list "c d" 10.0.0.0/8
            """);
    assertThat(refusals("set system host-name a\nrename system host-name a\n"))
        .containsExactly("2: [] 'rename' takes a statement, 'to', and a name");
  }

  @Test
  void anyStringNamesAPolicyATermOrAList() {
    String text =
        """
        policy-options {
            policy-statement "to the hub" { then accept; }
            policy-statement BGP->OSPF { term 1+ { from community "a [b]"; then accept; } }
            prefix-list 10.0.0.0/8 { 10.0.0.0/8; }
            community "a [b]" members 65000:1;
        }
        protocols { ospf { export [ "to the hub" BGP->OSPF ]; } }
        routing-options { router-id 10.0.0.1; }
        """;
    assertThat(refusals(text)).isEmpty();
    String printed = set(text);
    assertThat(printed).contains("policy-statement \"to the hub\" then accept", "term 1+ ");
    assertThat(set(printed)).isEqualTo(printed);
    assertThat(refusals("policy-options { policy-statement \"\" { then accept; } }")).hasSize(1);
    String longest = "x".repeat(255);
    assertThat(refusals("policy-options { prefix-list " + longest + "; }")).isEmpty();
    assertThat(refusals("policy-options { prefix-list " + longest + "y; }")).hasSize(1);
  }

  @Test
  void aLogicalInterfaceStandsForItsUnit() {
    String meant = "set interfaces st0 unit 1 family inet address 10.0.0.1/30\n";
    assertThat(set("set interfaces st0.1 family inet address 10.0.0.1/30\n")).isEqualTo(meant);
    assertThat(set("interfaces { st0.1 { family inet { address 10.0.0.1/30; } } }"))
        .isEqualTo(meant);
    assertThat(set("edit interfaces st0.1\nset family inet address 10.0.0.1/30\n"))
        .isEqualTo(meant);
    assertThat(
            set(
                meant
                    + "set interfaces st0.1 description x\n"
                    + "delete interfaces st0.1 description\n"))
        .isEqualTo(meant);
  }

  @Test
  void aWordOfJunosThatIsUnknownIsNamedAlsoBesideASecret() {
    assertThat(
            refusals(
                "protocols { bgp { frob-updown-x; group g { graceful-shutdown-x; precision-timers;"
                    + " neighbor 10.9.0.2 { peer-as 65020; snmp-options; } } } }"))
        .filteredOn(e -> e.contains("unknown statement"))
        .containsExactly(
            "1: [protocols bgp] unknown statement",
            "1: [protocols bgp group g] unknown statement",
            "1: [protocols bgp group g] unknown statement 'precision-timers'",
            "1: [protocols bgp group g neighbor 10.9.0.2] unknown statement 'snmp-options'");
  }

  @Test
  void whatIsRefusedIsNotCalledMissingAsWell() {
    assertThat(
            refusals(
                """
                security { ike { proposal p {
                  authentication-method pre-shared-keys;
                  dh-group group99; authentication-algorithm sha-256; encryption-algorithm aes-999-cbc;
                } } }
                """))
        .hasSize(2)
        .noneMatch(e -> e.contains("missing"))
        .anyMatch(e -> e.contains("'group99'"));
  }

  @Test
  void theRouterIdIsThatOfLo0OrTheLowestAddress() {
    String ospf = "protocols { ospf { area 0 { interface eth0.0; } } }\n";
    String eth =
        "eth0 { unit 0 { family inet { address 192.0.2.2/30; } } }"
            + " eth1 { unit 0 { family inet { address 10.1.1.1/24; } } }";
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig lowest =
        RouterConfigReader.read("t", "interfaces { " + eth + " }\n" + ospf, diagnostics);
    assertThat(errors(diagnostics)).isEmpty();
    assertThat(lowest.ospf().routerId()).hasToString("10.1.1.1");
    RouterConfig loopback =
        RouterConfigReader.read(
            "t",
            "interfaces { lo0 { unit 0 { family inet { address 172.16.0.1/32; address 127.0.0.2/32; } } } "
                + eth
                + " }\n"
                + ospf,
            diagnostics);
    assertThat(errors(diagnostics)).isEmpty();
    assertThat(loopback.ospf().routerId()).hasToString("172.16.0.1");
    assertThat(refusals(ospf)).anyMatch(e -> e.contains("or an interface with an IPv4 address"));
  }

  /** What is wrong inside is found by its whole path, also below a name that is refused. */
  @Test
  void thePathOfARefusalIsWhole() {
    assertThat(
            refusals(
                "interfaces { ge-0/0/0 { unit 10 { frobnicate; family inet { address 192.0.2.2/30; } } } }"))
        .anyMatch(e -> e.contains("[interfaces ge-0/0/0 unit 10]"));
  }

  /** Whatever is pasted is read again as it was printed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "set policy-options prefix-list l 10/8\nset policy-options prefix-list l 10.9.9.9\n",
        "set routing-options static route 0/0 discard\n",
        "replace: system { host-name r1; }\n"
      })
  void whatWasReadIsPrintedAndReadTheSame(String text) {
    String printed = set(text);
    assertThat(set(printed)).isEqualTo(printed);
  }
}
