package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Inheritance;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code groups} and {@code apply-groups}: what is inherited where, and what is refused. */
class GroupsTest {
  @Test
  void aPatternIsInheritedByTheNamesThatAreThere() {
    assertThat(
            effective(
                """
                groups { g { interfaces { <*> { unit <*> { family inet { mtu 1400; } } } } } }
                apply-groups g;
                interfaces { apply-groups g; eth0 { unit 0 { family inet { address 192.0.2.2/30; } } } }
                """))
        .isEqualTo(
            """
            set interfaces eth0 unit 0 family inet address 192.0.2.2/30
            set interfaces eth0 unit 0 family inet mtu 1400
            """);
  }

  @Test
  void aPatternNamesSomeOfThem() {
    assertThat(
            effective(
                """
                set groups g interfaces <[ab]-*> description b
                set groups g interfaces <eth?> description e
                set groups g interfaces <*> description x
                set apply-groups g
                set interfaces a-1 unit 0
                set interfaces eth0 unit 0
                set interfaces c-1 unit 0
                """))
        .isEqualTo(
            """
            set interfaces a-1 unit 0
            set interfaces a-1 description b
            set interfaces eth0 unit 0
            set interfaces eth0 description e
            set interfaces c-1 unit 0
            set interfaces c-1 description x
            """);
  }

  @Test
  void whatThePlaceSaysCountsThenTheGroupInsideThenTheFirstNamed() {
    String groups =
        """
        set groups one system host-name one
        set groups two system host-name two
        set groups two routing-options router-id 10.0.0.2
        """;
    assertThat(effective(groups + "set apply-groups [ one two ]\n"))
        .isEqualTo("set system host-name one\nset routing-options router-id 10.0.0.2\n");
    assertThat(effective(groups + "set apply-groups one\nset system apply-groups two\n"))
        .isEqualTo("set system host-name two\n");
    assertThat(effective(groups + "set apply-groups [ one two ]\nset system host-name own\n"))
        .isEqualTo("set system host-name own\nset routing-options router-id 10.0.0.2\n");
  }

  @Test
  void exceptKeepsAGroupOutOfOnePlace() {
    assertThat(
            effective(
                """
                set groups g interfaces <*> description g
                set apply-groups g
                set interfaces eth0 unit 0
                set interfaces eth1 unit 0
                set interfaces eth1 apply-groups-except g
                """))
        .isEqualTo(
            """
            set interfaces eth0 unit 0
            set interfaces eth0 description g
            set interfaces eth1 unit 0
            """);
  }

  @Test
  void aNameInAGroupIsInheritedWhole() {
    assertThat(
            effective(
                """
                set groups g policy-options prefix-list l 10.1.0.0/16
                set groups g policy-options policy-statement p term t from protocol static
                set groups g policy-options policy-statement p term t then accept
                set groups g policy-options policy-statement p term t from route-filter 10/8 orlonger
                set policy-options prefix-list l 10.2.0.0/16
                set policy-options policy-statement p term t from protocol direct
                set policy-options apply-groups g
                """))
        .isEqualTo(
            """
            set policy-options prefix-list l 10.2.0.0/16
            set policy-options prefix-list l 10.1.0.0/16
            set policy-options policy-statement p term t from protocol direct
            set policy-options policy-statement p term t from protocol static
            set policy-options policy-statement p term t from route-filter 10.0.0.0/8 orlonger
            set policy-options policy-statement p term t then accept
            """);
  }

  @Test
  void aPatternIsInheritedByWhatAnotherGroupNames() {
    assertThat(
            effective(
                """
                set groups any interfaces <*> description any
                set groups one interfaces eth1 unit 0
                set apply-groups [ any one ]
                """))
        .isEqualTo("set interfaces eth1 description any\nset interfaces eth1 unit 0\n");
  }

  @Test
  void aPairOfZonesTakesAPatternToo() {
    assertThat(
            effective(
                """
                set groups log security policies from-zone <*> to-zone <*> policy <*> then log session-init
                set security policies apply-groups log
                set security policies from-zone a to-zone b policy p match source-address any
                set security policies from-zone a to-zone b policy p then permit
                """))
        .endsWith(
            """
            set security policies from-zone a to-zone b policy p then permit
            set security policies from-zone a to-zone b policy p then log session-init
            """);
  }

  @Test
  void aGroupAppliesAnotherAndTheTwoMayNameEachOther() {
    assertThat(
            effective(
                """
                set groups a apply-groups b
                set groups a system host-name a
                set groups b apply-groups a
                set groups b routing-options router-id 10.0.0.2
                set apply-groups a
                """))
        .isEqualTo("set system host-name a\nset routing-options router-id 10.0.0.2\n");
  }

  @Test
  void whatIsInactiveNeitherAppliesNorStandsInTheWay() {
    assertThat(
            effective(
                """
                groups { g { system { host-name g; } inactive: routing-options { router-id 10.0.0.2; } } }
                apply-groups g;
                system { inactive: host-name own; }
                """))
        .isEqualTo("set system host-name g\n");
    assertThat(
            effective(
                "groups { g { system { host-name g; } } } inactive: apply-groups g;"
                    + " routing-options { router-id 10.0.0.2; }"))
        .isEqualTo("set routing-options router-id 10.0.0.2\n");
  }

  @Test
  void aGroupThatIsNotAppliedHasNoEffectAndIsChecked() {
    assertThat(effective("groups { g { system { host-name g; } } }")).isEmpty();
    assertThat(refusals("groups { g { system { hots-name g; } } }"))
        .containsExactly(
            "1: [groups g system] unknown statement 'hots-name'; did you mean 'host-name'?");
    assertThat(
            refusals(
                "groups { g { protocols { ospf { area <*> { interface <*> { metric 0; } } } } } }"))
        .hasSize(1)
        .allMatch(e -> e.contains("'metric'"));
  }

  @Test
  void aGroupThatIsNotThereIsNamedWithItsLine() {
    assertThat(refusals("system {\n host-name a;\n apply-groups [ no such ];\n}\n"))
        .containsExactly(
            "3: [system apply-groups] group 'no' is not defined",
            "3: [system apply-groups] group 'such' is not defined");
  }

  /** The path is where it is inherited to. */
  @Test
  void whatIsWrongWithAnInheritedStatementIsFoundAtTheLineOfTheGroup() {
    assertThat(
            refusals(
                """
                groups {
                  g {
                    protocols { bgp { group <*> {
                      export nowhere;
                    } } }
                  }
                }
                apply-groups g;
                routing-options { router-id 10.0.0.1; autonomous-system 65000; }
                protocols { bgp { group h { neighbor 192.0.2.1 { peer-as 65001; } } } }
                """))
        .anyMatch(e -> e.startsWith("4: [protocols bgp group h") && e.contains("nowhere"));
  }

  @Test
  void thePrefixesOfAListAreTheAddressesOfAPath() {
    String text =
        """
        policy-options {
            prefix-list nets { apply-path "interfaces <*> unit <*> family inet address <*>"; }
            prefix-list peers { 10.9.9.0/24; apply-path "protocols bgp group <ext*> neighbor <*>"; }
        }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.2/30; address 10.0.0.1/24; } } }
            eth1 { unit 0 { family inet { address 10.0.0.2/24; } } }
        }
        protocols { bgp {
            group ext-1 { neighbor 192.0.2.1 { peer-as 65001; } inactive: neighbor 192.0.2.9 { peer-as 1; } }
            group int { neighbor 10.0.0.9 { peer-as 65002; } }
        } }
        """;
    assertThat(effective(text).lines().filter(l -> l.contains("prefix-list")))
        .filteredOn(l -> !l.contains("apply-path"))
        .containsExactly(
            "set policy-options prefix-list nets 192.0.2.0/30",
            "set policy-options prefix-list nets 10.0.0.0/24",
            "set policy-options prefix-list peers 10.9.9.0/24",
            "set policy-options prefix-list peers 192.0.2.1/32");
    assertThat(refusals("policy-options { prefix-list p { apply-path \"protocols bpg <*>\"; } }"))
        .containsExactly(
            "1: [policy-options prefix-list p apply-path] 'apply-path': 'bpg' is unknown there");
    assertThat(refusals("policy-options { prefix-list p { apply-path \"protocols bgp group\"; } }"))
        .hasSize(1);
  }

  @Test
  void whatIsWrittenIsKept() {
    String text =
        """
        groups {
            g {
                interfaces {
                    <[a-z]*> {
                        description "from g";
                    }
                }
            }
        }
        apply-groups g;
        interfaces {
            eth0 {
                apply-groups-except g;
            }
        }
        """;
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = RouterConfigReader.read("t", text, diagnostics).tree();
    assertThat(tree.toBraces(true)).isEqualTo(text);
    assertThat(written(tree.toSet(true)).toBraces(true)).isEqualTo(text);
  }

  @Test
  void whatIsInheritedIsShownWithItsGroup() {
    ConfigTree tree =
        written(
            """
            groups { g { interfaces { <*> { unit 0 { family inet { mtu 1400; } } } } } }
            apply-groups g;
            interfaces { eth0 { description x; } }
            """);
    assertThat(Inheritance.expand(tree, new Diagnostics()).toBraces(false))
        .isEqualTo(
            """
            interfaces {
                eth0 {
                    description x;
                    ##
                    ## '0' was inherited from group 'g'
                    ##
                    unit 0 {
                        ##
                        ## 'family' was inherited from group 'g'
                        ##
                        family {
                            ##
                            ## 'inet' was inherited from group 'g'
                            ##
                            inet {
                                ##
                                ## '1400' was inherited from group 'g'
                                ##
                                mtu 1400;
                            }
                        }
                    }
                }
            }
            """);
  }

  private static ConfigTree written(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(RouterConfigReader.schema(), "t", text, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return tree;
  }

  private static String effective(String text) {
    Diagnostics diagnostics = new Diagnostics();
    String set = Inheritance.expand(written(text), diagnostics).toSet(true);
    assertThat(diagnostics.findings()).isEmpty();
    return set.lines().filter(l -> !l.startsWith("deactivate")).count() == set.lines().count()
        ? set
        : withoutInactive(set);
  }

  private static String withoutInactive(String set) {
    List<String> off =
        set.lines()
            .filter(l -> l.startsWith("deactivate "))
            .map(l -> l.replace("deactivate", "set"))
            .toList();
    StringBuilder on = new StringBuilder();
    set.lines()
        .filter(l -> !l.startsWith("deactivate ") && off.stream().noneMatch(l::startsWith))
        .forEach(l -> on.append(l).append('\n'));
    return on.toString();
  }

  private static List<String> refusals(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read("t", text, diagnostics);
    return diagnostics.findings().stream()
        .filter(f -> f.severity() == Diagnostics.Severity.ERROR)
        .map(f -> f.position().line() + ": [" + f.path() + "] " + f.message())
        .toList();
  }
}
