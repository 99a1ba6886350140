package dev.culvert.daemon.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is typed in configuration mode. */
class ConfigurationModeTest {
  private final StoreSite site = new StoreSite("system {\n    host-name one;\n}\n");
  private final StoreSite.Operator root = site.configure();

  @Test
  void editGoesDownAndUpAndLinesMeanWhereOneIs() {
    root.type("edit protocols ospf area 0");
    assertThat(root.session.path()).hasToString("protocols ospf area 0");
    root.type("set interface st0.0 metric 5");
    root.type("edit interface st0.1");
    root.type("set metric 7");
    root.type("up");
    assertThat(root.type("show"))
        .isEqualTo(
            """
            interface st0.0 {
                metric 5;
            }
            interface st0.1 {
                metric 7;
            }\
            """);
    root.type("up 2");
    assertThat(root.session.path()).hasToString("protocols");
    root.type("top set system host-name two");
    assertThat(root.session.path()).hasToString("protocols");
    root.type("top edit system");
    assertThat(root.type("show")).isEqualTo("host-name two;");
    root.type("exit");
    assertThat(root.session.path().isTop()).isTrue();
    root.type("edit protocols ospf area 0");
    root.type("delete interface st0.1");
    root.type("top");
    assertThat(root.type("show protocols")).contains("st0.0").doesNotContain("st0.1");
  }

  @Test
  void groupsAreEditedAndShownAsTheyAreWrittenOrAsTheyAreInherited() {
    root.type("set groups g interfaces <*> description \"from g\"");
    root.type("set interfaces eth0 unit 0");
    root.type("set apply-groups g");
    root.type("delete system");
    assertThat(root.type("show interfaces")).isEqualTo("eth0 {\n    unit 0;\n}");
    assertThat(root.type("show interfaces | display inheritance"))
        .isEqualTo(
            """
            eth0 {
                unit 0;
                ##
                ## 'from g' was inherited from group 'g'
                ##
                description "from g";
            }\
            """);
    assertThat(root.type("show | display inheritance")).doesNotContain("groups");
    root.type("delete groups g");
    root.type("commit check");
    assertThat(root.error).isEqualTo("error: configuration check-out failed");
  }

  @Test
  void statementsAreRenamedCopiedAndMoved() {
    root.type("edit policy-options policy-statement p");
    root.type("set term a then accept");
    root.type("set term b then reject");
    root.type("rename term a to term first");
    root.type("copy term b to second");
    root.type("insert term second before term b");
    root.type("annotate term b \"the last\"");
    assertThat(root.type("show"))
        .isEqualTo(
            """
            term first {
                then {
                    accept;
                }
            }
            term second {
                then {
                    reject;
                }
            }
            /* the last */
            term b {
                then {
                    reject;
                }
            }\
            """);
    root.type("rename term first to second");
    assertThat(root.error).isEqualTo("error: the configuration was not changed");
    root.type("top");
    root.type("replace pattern ^s(.*)d$ with x\\1");
    assertThat(root.type("show policy-options")).contains("term xecon {");
    root.type("protect policy-options");
    assertThat(root.type("show")).contains("protect: policy-options {");
    root.type("delete policy-options policy-statement p term b");
    assertThat(root.error).isEqualTo("error: the configuration was not changed");
    root.type("delete");
    assertThat(root.error).contains("protected");
    root.type("unprotect policy-options");
    root.type("delete policy-options policy-statement p term b");
    assertThat(root.type("show policy-options")).doesNotContain("term b", "the last");
    assertThat(root.complete("rename policy-options ")).contains("to", "policy-statement");
    assertThat(root.complete("insert policy-options policy-statement p be")).contains("before");
  }

  @Test
  void exitLeadsBackToWhereTheLastEditWasTyped() {
    root.type("edit protocols");
    root.type("edit ospf area 0");
    root.type("exit");
    assertThat(root.session.path()).hasToString("protocols");
    root.type("exit");
    assertThat(root.session.path().isTop()).isTrue();
    root.type("edit protocols");
    root.type("top");
    root.type("exit");
    assertThat(root.session.isConfiguring()).isFalse();
  }

  @Test
  void statementsOfTwoKeysAreOneLevel() {
    root.type("edit security policies from-zone a to-zone b policy p");
    assertThat(root.session.path()).hasToString("security policies from-zone a to-zone b policy p");
    root.type("up");
    assertThat(root.session.path()).hasToString("security policies from-zone a to-zone b");
    root.type("up");
    assertThat(root.session.path()).hasToString("security policies");
    root.type("edit from-zone a");
    assertThat(root.error).isEqualTo("error: 'to-zone' has to follow");
  }

  @Test
  void whatIsWrongIsSaidAndChangesNothing() {
    assertThat(root.type("set security ike gateway g bogus 1")).contains("bogus");
    assertThat(root.error).isEqualTo("error: the configuration was not changed");
    assertThat(root.type("show security")).isEmpty();
    root.type("edit system host-name");
    assertThat(root.error).contains("holds no statements");
    root.type("edit protocols ospf area");
    assertThat(root.error).contains("'area' needs");
    root.type("edit protocls");
    assertThat(root.error).contains("did you mean 'protocols'?");
    root.type("frobnicate");
    assertThat(root.error).isEqualTo("unknown command: 'frobnicate'");
    root.type("e");
    assertThat(root.error).isEqualTo("'e' is ambiguous: edit, exit");
    root.type("delete system domain");
    assertThat(root.error).isNotEmpty();
    root.type("commit confirmed 0");
    assertThat(root.error).contains("1 to 65535");
    root.type("commit now");
    assertThat(root.error).contains("not 'now'");
    root.type("load merge terminal");
    assertThat(root.error).startsWith("error: load takes");
  }

  @Test
  void wordsMayBeAbbreviatedAndOperationalCommandsRun() {
    root.type("ed prot ospf");
    assertThat(root.session.path()).hasToString("protocols ospf");
    root.type("run show version");
    assertThat(root.error).isEqualTo("ran show version");
  }

  @Test
  void aBlockIsMergedAndAWholeFileOverrides() {
    assertThat(root.type("load merge terminal", "system { host-name two; }\nprotocols { }\n"))
        .isEqualTo("load complete");
    assertThat(root.type("show | compare"))
        .isEqualTo("[edit system]\n-   host-name one;\n+   host-name two;");
    assertThat(root.type("load override terminal", "routing-options { router-id 192.0.2.1; }"))
        .isEqualTo("load complete");
    assertThat(root.type("show")).doesNotContain("host-name").contains("192.0.2.1");
    root.type("load merge terminal", "system { host-nme two; }");
    assertThat(root.error).isEqualTo("error: load failed (1 error)");
    assertThat(root.type("show")).doesNotContain("system");
  }

  @Test
  void loadReplaceTakesAwayWhatIsTagged() {
    root.type(
        "load override terminal",
        """
        system { host-name one; services { metrics { listen 127.0.0.1:9177; } } }
        routing-options { static { route 10.0.0.0/8 discard; route 10.1.0.0/16 discard; } }
        policy-options { prefix-list l { 10.0.0.0/8; } }
        """);
    assertThat(
            root.type(
                "load replace terminal",
                """
                replace: system { host-name two; }
                routing-options { static { delete: route 10.1.0.0/16; route 10.2.0.0/16 discard; } }
                delete: policy-options;
                """))
        .isEqualTo("load complete");
    assertThat(root.type("show"))
        .isEqualTo(
            """
            system {
                host-name two;
            }
            routing-options {
                static {
                    route 10.0.0.0/8 {
                        discard;
                    }
                    route 10.2.0.0/16 {
                        discard;
                    }
                }
            }\
            """);
    // Merged, a tag is only a tag.
    root.type(
        "load merge terminal",
        "replace: system { services { metrics { listen 127.0.0.1:9178; } } }");
    assertThat(root.type("show system")).contains("host-name two;", "127.0.0.1:9178");
  }

  @Test
  void fiveHundredPastedLinesCommit() {
    String lines =
        IntStream.range(0, 500)
            .mapToObj(i ->
                "set routing-options static route 10.%d.%d.0/24 discard"
                    .formatted(i / 250, i % 250))
            .collect(Collectors.joining("\n"));
    assertThat(root.type("load set terminal", lines)).isEqualTo("load complete");
    assertThat(root.type("commit")).isEqualTo("commit complete");
    assertThat(site.inForce.routing().staticRoutes()).hasSize(500);
  }

  @Test
  void secretsAreNotShown() {
    root.type("set security ike policy p pre-shared-key ascii-text verysecret");
    assertThat(root.type("show")).doesNotContain("verysecret");
    assertThat(root.type("show | compare")).doesNotContain("verysecret");
    assertThat(root.type("set security ike policy p pre-shared-key ascii-text verysecret more"))
        .doesNotContain("verysecret");
  }

  @Test
  void aCheckSaysWhatItWouldInterrupt() {
    root.type(
        "load merge terminal",
        """
        interfaces { eth0 { unit 0 { family inet { address 192.0.2.1/24; } } } }
        routing-options { router-id 192.0.2.1; autonomous-system 65001; }
        protocols { bgp { group g { peer-as 65002; neighbor 192.0.2.2; neighbor 192.0.2.3; } } }
        """);
    assertThat(root.type("commit")).endsWith("commit complete");
    root.type("set protocols bgp group g neighbor 192.0.2.3 hold-time 30");
    assertThat(root.type("commit check"))
        .isEqualTo("BGP sessions that are reset: 192.0.2.3\nconfiguration check succeeds");
    assertThat(root.type("show | compare")).contains("hold-time");
  }

  @Test
  void anyLevelCompletes() {
    assertThat(root.complete("")).contains("set", "show", "commit", "rollback");
    assertThat(root.complete("set sys")).containsExactly("system");
    root.type("edit protocols ospf");
    assertThat(root.complete("set ar")).containsExactly("area");
    assertThat(root.complete("commit c")).containsExactly("check", "comment", "confirmed");
  }
}
