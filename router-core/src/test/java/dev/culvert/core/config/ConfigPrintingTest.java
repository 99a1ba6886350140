package dev.culvert.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigPrintingTest {
  /** Sample words for the value types of the schema, by placeholder; a number is its least. */
  private static final Map<String, List<String>> WORDS =
      Map.ofEntries(
          Map.entry(
              "<text>", List.of("plain", "with blank", "a\"b\\c", "#;{}[]", "\t\n", "é☃", "")),
          Map.entry("<name>", List.of("hub", "a.b:c-d_e", "set", "x1")),
          Map.entry("<address>", List.of("192.0.2.1", "2001:db8::1")),
          Map.entry("<router-id>", List.of("10.255.0.1")),
          Map.entry("<prefix>", List.of("10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0")),
          Map.entry("<address/length>", List.of("192.0.2.1/24", "10.1.2.3/8")),
          Map.entry("<interface-name>", List.of("eth0", "st0", "ge-0_1")),
          Map.entry("<area-id>", List.of("0.0.0.0", "0.0.0.7")),
          Map.entry("<community>", List.of("65001:1", "65001:*", "no-export")),
          Map.entry("<expression>", List.of("65001 .*", ".")),
          Map.entry("</length>", List.of("/24")),
          Map.entry("</least-/most>", List.of("/16-/24")),
          Map.entry("<as-numbers>", List.of("65001", "65001 65001")),
          Map.entry("(self | <address>)", List.of("self", "192.0.2.1")),
          Map.entry("(inet.0 | inet6.0)", List.of("inet.0")));

  private static final List<String> SECRETS =
      List.of("plain", "a b", "a\"b\\c", "#;{}[]", "\t\n", "é☃", "$9$LbHX-wg4Z");

  private static final List<String> NAMES =
      List.of("to the hub", "BGP->OSPF", "1+", "10.0.0.0/8", "a\"b\\\\c", "{x}", "é☃", "x:", "<*>");
  private static final List<String> COMMENTS =
      List.of("why", " two\\n  lines ", "*", "/* not closed", "# \\\" é☃", "a;{}[]");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whatIsPrintedParsesToTheSameTree(long seed) {
    ConfigTree tree = randomTree(new Random(seed));
    String braces = tree.toBraces(true);
    assertThat(parse(braces).toBraces(true)).as("seed %d", seed).isEqualTo(braces);
    assertThat(parse(tree.toSet(true)).toBraces(true)).as("seed %d", seed).isEqualTo(braces);
    assertThat(ConfigDiff.print(tree, parse(braces))).as("seed %d", seed).isEmpty();
    Candidate pasted = new Candidate(ConfigTree.empty(TestSchema.ROOT));
    Diagnostics diagnostics = new Diagnostics();
    pasted.merge(tree.toSet(true), false, diagnostics);
    assertThat(diagnostics.findings()).as("seed %d", seed).isEmpty();
    assertThat(pasted.tree().toBraces(true)).as("seed %d", seed).isEqualTo(braces);
  }

  @Test
  @Tag("long")
  void whatIsPrintedParsesToTheSameTreeWhateverTheSeed() {
    for (long seed = 13; seed <= 20_000; seed++) {
      whatIsPrintedParsesToTheSameTree(seed);
    }
  }

  @Test
  void jsonHasJunosShape() {
    ConfigTree tree =
        parse(
            """
            interfaces { eth0 { unit 0 { family inet { address 192.0.2.1/24; } } } }
            protocols { ospf { export [ a b ]; area 0 { interface st0.0 { passive; inactive: metric 7; } } } }
            """);
    assertThat(tree.toJson().replaceAll("\\s+", ""))
        .isEqualTo(
            """
            {"configuration":{"interfaces":{"interface":[{"name":"eth0","unit":[{"name":"0",
            "family":{"inet":{"address":[{"name":"192.0.2.1/24"}]}}}]}]},
            "protocols":{"ospf":{"export":["a","b"],"area":[{"name":"0.0.0.0",
            "interface":[{"name":"st0.0","passive":[null],"metric":7,"@metric":{"inactive":true}}]}]}}}}
            """
                .replaceAll("\\s+", ""));
  }

  @Test
  void whatStandsInFrontOfEachOfItsMembersIsPrintedWithEach() {
    String text =
        """
        security {
            policies {
                from-zone lan to-zone wan {
                    policy web {
                        source-address [ a b ];
                        permit;
                    }
                }
                inactive: from-zone lan to-zone lan {
                    policy all {
                        permit;
                    }
                }
                default-policy {
                    deny;
                }
            }
            address-book global {
                address net 10.0.0.0/8;
                address range {
                    range-address 10.0.0.1 {
                        to {
                            10.0.0.9;
                        }
                    }
                }
            }
        }
        """;
    ConfigTree tree = parse(text);
    assertThat(tree.toBraces(true)).isEqualTo(text);
    assertThat(tree.toSet(true))
        .isEqualTo(
            """
            set security policies from-zone lan to-zone wan policy web source-address a
            set security policies from-zone lan to-zone wan policy web source-address b
            set security policies from-zone lan to-zone wan policy web permit
            set security policies from-zone lan to-zone lan policy all permit
            deactivate security policies from-zone lan to-zone lan
            set security policies default-policy deny
            set security address-book global address net 10.0.0.0/8
            set security address-book global address range range-address 10.0.0.1 to 10.0.0.9
            """);
  }

  @Test
  void jsonHasAPairAsOneElementWithBothNames() {
    ConfigTree tree =
        parse(
            """
            set security policies from-zone a to-zone b policy p permit
            set security policies from-zone a to-zone c policy p permit
            """);
    assertThat(tree.toJson().replaceAll("\\s+", ""))
        .isEqualTo(
            """
            {"configuration":{"security":{"policies":{"policy":[
            {"from-zone-name":"a","to-zone-name":"b","policy":[{"name":"p","permit":{}}]},
            {"from-zone-name":"a","to-zone-name":"c","policy":[{"name":"p","permit":{}}]}]}}}}
            """
                .replaceAll("\\s+", ""));
  }

  /** As Junos has a zone's interfaces and its system services; at the root it is otherwise. */
  @Test
  void jsonHasAContainerOfNamelessMembersAsOneList() {
    SchemaNode.Container root =
        SchemaNode.container(
            "",
            "",
            interfaces(),
            SchemaNode.container("zone", "", interfaces(), SchemaNode.flag("tcp-rst", "")));
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree =
        ConfigParser.parse(
            root,
            "p.conf",
            "interfaces { a; } zone { interfaces { a; b { up; } } tcp-rst; }",
            diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(tree.toJson().replaceAll("\\s+", ""))
        .isEqualTo(
            "{\"configuration\":{\"interfaces\":{\"interface\":[{\"name\":\"a\"}]},"
                + "\"zone\":{\"interfaces\":[{\"name\":\"a\"},"
                + "{\"name\":\"b\",\"up\":[null]}],\"tcp-rst\":[null]}}}");
  }

  private static SchemaNode interfaces() {
    return SchemaNode.container(
        "interfaces", "", SchemaNode.list("", "", ValueTypes.name(), SchemaNode.flag("up", "")));
  }

  @Test
  void compareShowsAPairAsOneStatement() {
    ConfigTree before =
        parse(
            """
            set security policies from-zone a to-zone b policy p permit
            set security policies from-zone a to-zone c policy p permit
            """);
    Candidate candidate = new Candidate(before);
    Diagnostics diagnostics = new Diagnostics();
    for (String line :
        List.of(
            "delete security policies from-zone a to-zone b",
            "set security policies from-zone a to-zone d policy q permit",
            "set security policies from-zone a to-zone c policy q permit",
            "deactivate security policies from-zone a to-zone c")) {
      candidate.edit(line, diagnostics);
    }
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(ConfigDiff.print(before, candidate.tree()))
        .isEqualTo(
            """
            [edit security policies]
            -   from-zone a to-zone b {
            -       policy p {
            -           permit;
            -       }
            -   }
            !   inactive: from-zone a to-zone c { ... }
            +   from-zone a to-zone d {
            +       policy q {
            +           permit;
            +       }
            +   }
            [edit security policies from-zone a to-zone c]
            +   policy q {
            +       permit;
            +   }
            """);
    candidate.edit("delete security policies from-zone a to-zone c", diagnostics);
    candidate.edit("delete security policies from-zone a to-zone d", diagnostics);
    assertThat(candidate.tree().toBraces(true)).doesNotContain("from-zone");
  }

  @Test
  void deactivatingWhatIsInFrontDeactivatesEachMember() {
    ConfigTree tree =
        parse(
            """
            set security policies from-zone a to-zone b policy p permit
            set security policies from-zone a to-zone c policy p permit
            deactivate security policies from-zone a
            """);
    assertThat(tree.toBraces(true))
        .contains("inactive: from-zone a to-zone b {", "inactive: from-zone a to-zone c {");
  }

  @Test
  void compareShowsEachChangedPlaceUnderItsHeading() {
    ConfigTree before =
        parse(
            """
            routing-options { router-id 10.255.0.1; }
            protocols { ospf { area 0 { interface st0.0 { metric 10; } interface st0.1; } } }
            """);
    Candidate candidate = new Candidate(before);
    Diagnostics diagnostics = new Diagnostics();
    for (String line :
        List.of(
            "set protocols ospf area 0 interface st0.0 metric 20",
            "delete protocols ospf area 0 interface st0.1",
            "set protocols ospf area 0 interface st0.2 authentication simple-password never-print",
            "set protocols ospf export static-out",
            "deactivate protocols ospf area 0 interface st0.0",
            "delete routing-options router-id")) {
      candidate.edit(line, diagnostics);
    }
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(ConfigDiff.print(before, candidate.tree()))
        .isEqualTo(
            """
            [edit]
            -   routing-options {
            -       router-id 10.255.0.1;
            -   }
            [edit protocols ospf]
            +   export static-out;
            [edit protocols ospf area 0.0.0.0]
            !   inactive: interface st0.0 { ... }
            -   interface st0.1;
            +   interface st0.2 {
            +       authentication {
            +           simple-password "<secret>"; ## SECRET-DATA
            +       }
            +   }
            [edit protocols ospf area 0.0.0.0 interface st0.0]
            -   metric 10;
            +   metric 20;
            """);
    assertThat(ConfigDiff.print(before, before)).isEmpty();
  }

  @Test
  void aFaultyEditIsReportedWithoutAFile() {
    Diagnostics diagnostics = new Diagnostics();
    new Candidate(ConfigTree.empty(TestSchema.ROOT)).edit("set protocols osfp", diagnostics);
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::toString)
        .containsExactly("-:1: [protocols] unknown statement 'osfp'; did you mean 'ospf'?");
  }

  @Test
  void completionOffersMembersKeysAndValues() {
    assertThat(words(List.of("protocols"), "o")).containsExactly("ospf");
    assertThat(words(List.of("protocols", "ospf", "area"), "")).containsExactly("<area-id>");
    assertThat(
            words(
                List.of("protocols", "ospf", "area", "0", "interface", "st0.0", "interface-type"),
                ""))
        .containsExactly("p2p", "broadcast");
    assertThat(words(List.of("interfaces"), "")).containsExactly("<interface-name>");
    assertThat(words(List.of("interfaces", "eth0"), "u")).containsExactly("unit");
    assertThat(words(List.of("protocols", "ospf", "export", "["), "")).containsExactly("<name>");
    assertThat(words(List.of("nowhere"), "")).isEmpty();
    assertThat(words(List.of("system", "host-name", "x"), "")).isEmpty();
  }

  private static List<String> words(List<String> before, String partial) {
    return SchemaCompletion.complete(TestSchema.STATEMENTS, before, partial).stream()
        .map(SchemaCompletion.Choice::word)
        .toList();
  }

  private static ConfigTree parse(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(TestSchema.ROOT, "p.conf", text, diagnostics);
    assertThat(diagnostics.findings()).as(text).isEmpty();
    return tree;
  }

  /** A tree grown by random set lines that the schema allows. */
  private static ConfigTree randomTree(Random random) {
    Candidate candidate = new Candidate(ConfigTree.empty(TestSchema.ROOT));
    List<String> tags = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      List<String> path = new ArrayList<>();
      SchemaNode node = TestSchema.ROOT;
      while (!node.members().isEmpty()) {
        node = node.members().get(random.nextInt(node.members().size()));
        addWords(node, random, path);
      }
      Diagnostics diagnostics = new Diagnostics();
      candidate.edit("set " + String.join(" ", path), diagnostics);
      assertThat(diagnostics.findings()).as(path.toString()).isEmpty();
      if (random.nextInt(8) == 0) {
        candidate.edit("deactivate " + String.join(" ", path), new Diagnostics());
      }
      String some = String.join(" ", path.subList(0, 1 + random.nextInt(path.size())));
      if (random.nextInt(4) == 0) {
        tags.add("annotate " + some + " \"" + COMMENTS.get(random.nextInt(COMMENTS.size())) + "\"");
      } else if (random.nextInt(8) == 0) {
        tags.add("protect " + some);
      }
    }
    tags.stream().sorted().forEach(tag -> candidate.edit(tag, new Diagnostics()));
    return candidate.tree();
  }

  private static void addWords(SchemaNode node, Random random, List<String> path) {
    if (!node.keyword().isEmpty()) {
      path.add(node.keyword());
    }
    switch (node) {
      case SchemaNode.Container c -> {}
      case SchemaNode.Flag f -> {}
      case SchemaNode.Keyed k -> path.add(word(k.key(), random));
      case SchemaNode.Leaf l -> path.add(word(l.value(), random));
      case SchemaNode.LeafList l -> path.add(word(l.value(), random));
    }
  }

  private static String word(ValueType<?> type, Random random) {
    if (type instanceof KeyPattern<?>(ValueType<?> of)) {
      return random.nextBoolean() ? "<[a-e]*.?>" : word(of, random);
    }
    boolean isAnyName = type.placeholder().equals("<name>") && isValue(type, "a b");
    if (isAnyName && random.nextBoolean()) {
      return Words.quote(NAMES.get(random.nextInt(NAMES.size())));
    }
    List<String> choices = type instanceof SecretType ? SECRETS : type.words();
    if (choices.isEmpty()) {
      String placeholder = type.placeholder();
      choices = WORDS.getOrDefault(placeholder, List.of(placeholder.split("\\.\\.", 2)[0]));
    }
    return Words.quote(choices.get(random.nextInt(choices.size())));
  }

  private static boolean isValue(ValueType<?> type, String word) {
    return type.parse(word) instanceof ValueType.Parsed.Value<?>;
  }
}
