package dev.culvert.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigParserTest {
  private static final String BRANCH =
      """
      ## a branch
      system { host-name branch; }
      interfaces {
          eth0 {
              unit 0 { family inet { address 192.0.2.1/24; } }
          }
          st0 { unit 0 { family inet; } }
      }
      routing-options {
          router-id 10.255.0.1;
          static {
              route 10.0.0.0/8 next-hop st0.0;   # one line
              route 0.0.0.0/0 { next-hop 192.0.2.254; preference 7; }
          }
      }
      protocols {
          ospf {
              export [ static-out direct-out ];
              export more;
              area 0 {
                  interface st0.0 {
                      metric 10;
                      authentication md5 1 key "a \\"quoted\\" key";
                  }
                  inactive: interface st0.1 { metric 20; } /* the
                     backup */
              }
          }
          ospf { preference 11; }
      }
      policy-options { prefix-list lan { 10.1.0.0/16; 10.2.0.0/16; } }
      """;

  @Test
  void whatStandsInFrontOfItsMembersNeedsOneOnTheSameLine() {
    assertThat(
            findings(
                """
                security { policies {
                    from-zone a to-zone b { policy p { permit { tunnel { ipsec-vpn v; } } } }
                    from-zone a;
                    from-zone b { to-zone c { policy p { permit; } } }
                } }
                """))
        .extracting(Finding::toString)
        .containsExactly(
            "branch.conf:2: [security policies from-zone a to-zone b policy p permit] 'tunnel' is refused:"
                + " VPNs are bound to st0 interfaces",
            "branch.conf:3: [security policies from-zone a] 'to-zone' is missing",
            "branch.conf:4: [security policies from-zone b] 'to-zone' is missing");
  }

  @Test
  void bracesOneLinersAndRepeatedContainersMakeOneNormalisedTree() {
    ConfigTree tree = parsedWithoutFault(BRANCH);
    assertThat(tree.toSet(true))
        .isEqualTo(
            """
            set system host-name branch
            set interfaces eth0 unit 0 family inet address 192.0.2.1/24
            set interfaces st0 unit 0 family inet
            set routing-options router-id 10.255.0.1
            set routing-options static route 10.0.0.0/8 next-hop st0.0
            set routing-options static route 0.0.0.0/0 next-hop 192.0.2.254
            set routing-options static route 0.0.0.0/0 preference 7
            set protocols ospf export static-out
            set protocols ospf export direct-out
            set protocols ospf export more
            set protocols ospf area 0.0.0.0 interface st0.0 metric 10
            set protocols ospf area 0.0.0.0 interface st0.0 authentication md5 1 key "a \\"quoted\\" key" ## SECRET-DATA
            set protocols ospf area 0.0.0.0 interface st0.1 metric 20
            deactivate protocols ospf area 0.0.0.0 interface st0.1
            set protocols ospf preference 11
            set policy-options prefix-list lan 10.1.0.0/16
            set policy-options prefix-list lan 10.2.0.0/16
            """);
  }

  @Test
  void bothFormsMakeTheSameTree() {
    ConfigTree fromBraces = parsedWithoutFault(BRANCH);
    ConfigTree fromSet = parsedWithoutFault(fromBraces.toSet(true));
    assertThat(fromSet.toBraces(true)).isEqualTo(fromBraces.toBraces(true));
    assertThat(parsedWithoutFault(fromBraces.toBraces(true)).toSet(true))
        .isEqualTo(fromBraces.toSet(true));
  }

  @Test
  void whatStandsOnOneLineMayAlsoStandInBraces() {
    String set =
        """
        set security nat pool p address 10.0.0.1/32 to 10.0.0.5/32
        set security nat pool p address 10.0.0.9/32
        deactivate security nat pool p address 10.0.0.9/32
        set security nat pool p range 1024
        set security nat pool p range to 2047
        set security nat rule r prefix 10.1.1.0/24
        set security nat rule r prefix mapped-port 80
        set security nat rule r prefix mapped-port to 90
        """;
    ConfigTree tree =
        parsedWithoutFault(
            """
            security { nat {
                pool p {
                    address { 10.0.0.1/32 to 10.0.0.5/32; inactive: 10.0.0.9/32; }
                    range { 1024; to { 2047; } }
                }
                rule r { prefix { 10.1.1.0/24; mapped-port 80 to 90; } }
            } }
            """);
    assertThat(tree.toSet(true)).isEqualTo(set);
    assertThat(tree.toBraces(true))
        .isEqualTo(
            """
            security {
                nat {
                    pool p {
                        address 10.0.0.1/32 to 10.0.0.5/32;
                        inactive: address 10.0.0.9/32;
                        range 1024 to 2047;
                    }
                    rule r {
                        prefix 10.1.1.0/24 mapped-port 80 to 90;
                    }
                }
            }
            """);
    assertThat(parsedWithoutFault(tree.toBraces(true)).toSet(true)).isEqualTo(set);
    assertThat(parsedWithoutFault(set).toSet(true)).isEqualTo(set);
    assertThat(
            parsedWithoutFault("set security nat rule r prefix 10.1.1.0/24 mapped-port 80 to 90")
                .toSet(true))
        .isEqualTo(
            """
            set security nat rule r prefix 10.1.1.0/24
            set security nat rule r prefix mapped-port 80
            set security nat rule r prefix mapped-port to 90
            """);
  }

  @Test
  void severalKeysMayShareTheirKeyword() {
    assertThat(
            parsedWithoutFault(
                    """
                    protocols { ospf { area {
                        0 { interface { st0.0 { metric 5; } inactive: st0.1; } }
                        0.0.0.7 { interface eth0; }
                    } } }
                    """)
                .toSet(true))
        .isEqualTo(
            """
            set protocols ospf area 0.0.0.0 interface st0.0 metric 5
            set protocols ospf area 0.0.0.0 interface st0.1
            deactivate protocols ospf area 0.0.0.0 interface st0.1
            set protocols ospf area 0.0.0.7 interface eth0.0
            """);
    Diagnostics diagnostics = new Diagnostics();
    ConfigParser.parse(
        TestSchema.ROOT, "k.conf", "protocols { ospf { area { interface st0.0; } } }", diagnostics);
    assertThat(diagnostics.findings())
        .extracting(Finding::toString)
        .containsExactly("k.conf:1: [protocols ospf] 'area' needs <area-id>");
  }

  @Test
  void aWordThatIsKnownAndNotDoneIsRefusedWithTheReasonWhateverFollowsIt() {
    Diagnostics diagnostics = new Diagnostics();
    ConfigParser.parse(
        TestSchema.ROOT,
        "r.conf",
        """
        security { nat {
          pool p {
            address-pooling { paired; }
            range { 1024; twin-port 63488 to 63490; to 2047; }
            adress 10.0.0.1/32;
          }
        } }
        """,
        diagnostics);
    assertThat(diagnostics.findings())
        .extracting(Finding::toString)
        .containsExactly(
            "r.conf:3: [security nat pool p] 'address-pooling' is refused: pools are not shared",
            "r.conf:4: [security nat pool p range] 'twin-port' is refused: ports are not paired",
            "r.conf:5: [security nat pool p] unknown statement 'adress'; did you mean 'address'?");
    assertThat(
            SchemaCompletion.complete(
                TestSchema.STATEMENTS, List.of("security", "nat", "pool", "p"), ""))
        .extracting(SchemaCompletion.Choice::word)
        .containsExactly("address", "range");
  }

  @Test
  void everyStatementKnowsItsPathAndPosition() {
    ConfigNode ospf =
        parsedWithoutFault(BRANCH)
            .root()
            .child("protocols")
            .flatMap(p -> p.child("ospf"))
            .orElseThrow();
    ConfigNode st0 = ospf.children("area").getFirst().children("interface").getFirst();
    assertThat(st0.path()).isEqualTo("protocols ospf area 0.0.0.0 interface st0.0");
    assertThat(st0.position()).isEqualTo(new SourcePosition("branch.conf", 21, 13));
    assertThat(ospf.children("area").getFirst().children("interface")).hasSize(1);
  }

  @Test
  void secretsAreMaskedUnlessRevealedAndAMaskIsNotAcceptedAsASecret() {
    ConfigTree tree = parsedWithoutFault(BRANCH);
    assertThat(tree.toBraces(false))
        .contains("md5 1 key \"<secret>\"; ## SECRET-DATA")
        .doesNotContain("quoted");
    assertThat(tree.toSet(false)).doesNotContain("quoted");
    assertThat(tree.toJson()).doesNotContain("quoted");
    assertThat(findings(tree.toBraces(false)))
        .extracting(Finding::message)
        .containsExactly("'key' is masked here; write the secret itself");
  }

  @Test
  void everyFaultOfAFileIsReportedInItsOrder() {
    assertThat(
            findings(
                """
                system { host-nam branch; }
                protocols {
                    ospf {
                        area 0 {
                            interface st0.0 {
                                metric 70000;
                                hello-interval
                                passive
                                dead-interval 40;
                            }
                        }
                        foo { bar { baz; } }
                    }
                }
                }
                """))
        .extracting(Finding::toString)
        .containsExactly(
            "branch.conf:1: [system] unknown statement 'host-nam'; did you mean 'host-name'?",
            "branch.conf:6: [protocols ospf area 0.0.0.0 interface st0.0] 'metric': '70000' is not a number from 1 to 65535",
            "branch.conf:7: [protocols ospf area 0.0.0.0 interface st0.0] 'hello-interval' needs 1..255",
            "branch.conf:8: [protocols ospf area 0.0.0.0 interface st0.0 passive] missing ';' at the end of the line",
            "branch.conf:12: [protocols ospf] unknown statement 'foo'",
            "branch.conf:15: [] '}' without a matching '{'");
  }

  @Test
  void aSecondValueReplacesTheFirstAndIsWarnedOfInBraces() {
    assertThat(findings("system { host-name a; }\nsystem { host-name b; }"))
        .extracting(Finding::message)
        .containsExactly("duplicate statement: this one counts, not that at line 1");
    assertThat(parsedWithoutFault("set system host-name a\nset system host-name b\n").toSet(true))
        .isEqualTo("set system host-name b\n");
  }

  @Test
  void setFormDeletesAndDeactivates() {
    ConfigTree tree =
        parsedWithoutFault(
            """
            # comment
            set protocols ospf export [ a b ]
            set protocols ospf area 0 interface st0.0 metric 3
            set protocols ospf area 0 interface st0.1
            delete protocols ospf export a
            delete protocols ospf area 0.0.0.0 interface st0.0 metric
            deactivate protocols ospf area 0.0.0.0 interface st0.1
            """);
    assertThat(tree.toBraces(true))
        .isEqualTo(
            """
            protocols {
                ospf {
                    export b;
                    area 0.0.0.0 {
                        interface st0.0;
                        inactive: interface st0.1;
                    }
                }
            }
            """);
  }

  private static List<Finding> findings(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigParser.parse(TestSchema.ROOT, "branch.conf", text, diagnostics);
    return diagnostics.findings();
  }

  private static ConfigTree parsedWithoutFault(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(TestSchema.ROOT, "branch.conf", text, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return tree;
  }
}
