package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.policy.PolicyUse;
import dev.culvert.engine.config.PolicyBench.Subject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every word of the policy language has an effect, or is refused, wherever a policy is used. */
class PolicyWordsTest {
  private static final String LISTS =
      """
      prefix-list here { 10.64.0.0/16; }
      prefix-list there { 10.65.0.0/16; }
      prefix-list above { 10.0.0.0/8; }
      prefix-list path { apply-path "policy-options prefix-list here <*>"; }
      community mine members 65009:100;
      community other members 65009:101;
      community any members 65009:*;
      community big members large:65009:1:2;
      community bigs members large:65009:*:*;
      community new members 65001:7;
      community newbig members large:65001:7:8;
      as-path from-feeder "65009 .*";
      as-path from-elsewhere "65002 .*";
      policy-statement accept { then accept; }
      policy-statement reject { then reject; }
      policy-statement open { from protocol bgp; }
      """;

  /**
   * The word; the route; the policy that follows in the chain; the policy itself, which rejects
   * unless it says something else; and what comes of it on import from BGP, on export to external
   * and to internal BGP peers, and on export to OSPF.
   *
   * <p>{@code drop} and {@code keep}: whether the route passes. {@code refused}: no commit with
   * this. {@code -}: there is no such route, or nothing to see. Anything else is seen in the
   * outcome, and is not seen there without the policy unless a {@code =} stands in front.
   */
  private static final String TABLE =
      """
      prefix-list                | BGP    | accept | from prefix-list here;                             | drop | drop | drop | drop
      prefix-list                | BGP    | accept | from prefix-list there;                            | keep | keep | keep | keep
      prefix-list apply-path     | BGP    | accept | from prefix-list path;                             | drop | drop | drop | drop
      community members          | BGP    | accept | from community any;                                | drop | drop | drop | drop
      as-path                    | BGP    | accept | from as-path from-feeder;                          | drop | drop | drop | drop
      term                       | BGP    | accept | term a { from protocol bgp; then reject; }         | drop | drop | drop | drop

      from family inet           | BGP    | accept | from family inet;                                  | drop | drop | drop | drop
      from family inet6          | BGP    | accept | from family inet6;                                 | keep | keep | keep | keep
      from rib                   | BGP    | accept | from rib inet.0;                                   | drop | drop | drop | drop
      from rib                   | BGP    | accept | from rib inet6.0;                                  | keep | keep | keep | keep
      from protocol bgp          | BGP    | accept | from protocol bgp;                                 | drop | drop | drop | drop
      from protocol static       | STATIC | accept | from protocol static;                              | -    | drop | drop | drop
      from protocol static       | BGP    | accept | from protocol static;                              | keep | keep | keep | keep
      from protocol static-nat   | STATIC_NAT | accept | from protocol static-nat;                      | -    | drop | drop | drop
      from protocol static-nat   | STATIC | accept | from protocol static-nat;                          | -    | keep | keep | keep
      from protocol ari-ts       | ARI_TS | accept | from protocol ari-ts;                              | -    | drop | drop | drop
      from protocol ari-ts       | STATIC | accept | from protocol ari-ts;                              | -    | keep | keep | keep
      from protocol direct       | DIRECT | accept | from protocol direct;                              | -    | drop | drop | drop
      from protocol direct       | BGP    | accept | from protocol direct;                              | keep | keep | keep | keep
      from protocol local        | LOCAL  | accept | from protocol local;                               | -    | drop | drop | drop
      from protocol local        | BGP    | accept | from protocol local;                               | keep | keep | keep | keep
      from protocol ospf         | OSPF_EXTERNAL | accept | from protocol ospf;                         | -    | drop | drop | -
      from protocol ospf         | BGP    | accept | from protocol ospf;                                | keep | keep | keep | keep
      from protocol rip          | RIP    | accept | from protocol rip;                                 | -    | drop | drop | drop
      from protocol rip          | BGP    | accept | from protocol rip;                                 | keep | keep | keep | keep
      from protocol ripng        | RIPNG  | accept | from protocol ripng;                               | -    | drop | drop | drop
      from protocol aggregate    | AGGREGATE | accept | from protocol aggregate;                        | -    | drop | drop | drop
      from protocol aggregate    | BGP    | accept | from protocol aggregate;                           | keep | keep | keep | keep
      from route-filter exact    | BGP    | accept | from { route-filter 10.64.0.0/16 exact; }          | drop | drop | drop | drop
      from route-filter exact    | BGP    | accept | from { route-filter 10.0.0.0/8 exact; }            | keep | keep | keep | keep
      from route-filter longer   | BGP    | accept | from { route-filter 10.0.0.0/8 longer; }           | drop | drop | drop | drop
      from route-filter longer   | BGP    | accept | from { route-filter 10.64.0.0/16 longer; }         | keep | keep | keep | keep
      from route-filter orlonger | BGP    | accept | from { route-filter 10.64.0.0/16 orlonger; }       | drop | drop | drop | drop
      from route-filter orlonger | BGP    | accept | from { route-filter 10.64.0.0/17 orlonger; }       | keep | keep | keep | keep
      from route-filter upto     | BGP    | accept | from { route-filter 10.0.0.0/8 upto /16; }         | drop | drop | drop | drop
      from route-filter upto     | BGP    | accept | from { route-filter 10.0.0.0/8 upto /15; }         | keep | keep | keep | keep
      from route-filter prefix-length-range | BGP | accept | from { route-filter 10.0.0.0/8 prefix-length-range /9-/16; } | drop | drop | drop | drop
      from route-filter prefix-length-range | BGP | accept | from { route-filter 10.0.0.0/8 prefix-length-range /9-/15; } | keep | keep | keep | keep
      from route-filter accept   | BGP    | reject | from { route-filter 10.64.0.0/16 exact accept; }   | keep | keep | keep | keep
      from route-filter reject   | BGP    | accept | from { route-filter 10.64.0.0/16 exact reject; } then accept; | drop | drop | drop | drop
      from prefix-list           | BGP    | accept | from prefix-list here;                             | drop | drop | drop | drop
      from prefix-list           | BGP    | accept | from prefix-list above;                            | keep | keep | keep | keep
      from prefix-list-filter exact    | BGP | accept | from { prefix-list-filter here exact; }          | drop | drop | drop | drop
      from prefix-list-filter exact    | BGP | accept | from { prefix-list-filter above exact; }         | keep | keep | keep | keep
      from prefix-list-filter longer   | BGP | accept | from { prefix-list-filter above longer; }        | drop | drop | drop | drop
      from prefix-list-filter longer   | BGP | accept | from { prefix-list-filter here longer; }         | keep | keep | keep | keep
      from prefix-list-filter orlonger | BGP | accept | from { prefix-list-filter here orlonger; }       | drop | drop | drop | drop
      from prefix-list-filter orlonger | BGP | accept | from { prefix-list-filter there orlonger; }      | keep | keep | keep | keep
      from neighbor              | BGP    | accept | from neighbor 192.0.2.9;                           | drop | drop | drop | drop
      from neighbor              | BGP    | accept | from neighbor 192.0.2.2;                           | keep | keep | keep | keep
      from interface             | BGP    | accept | from interface eth0.0;                             | drop | drop | drop | drop
      from interface             | BGP    | accept | from interface eth1.0;                             | keep | keep | keep | keep
      from next-hop              | BGP    | accept | from next-hop 192.0.2.9;                           | drop | drop | drop | drop
      from next-hop              | BGP    | accept | from next-hop 192.0.2.2;                           | keep | keep | keep | keep
      from as-path               | BGP    | accept | from as-path from-feeder;                          | drop | drop | drop | drop
      from as-path               | BGP    | accept | from as-path from-elsewhere;                       | keep | keep | keep | keep
      from community             | BGP    | accept | from community mine;                               | drop | drop | drop | drop
      from community             | BGP    | accept | from community big;                                | drop | drop | drop | drop
      from community             | BGP    | accept | from community bigs;                               | drop | drop | drop | drop
      from community             | BGP    | accept | from community other;                              | keep | keep | keep | keep
      from metric                | BGP    | accept | from metric 30;                                    | drop | drop | drop | drop
      from metric                | BGP    | accept | from metric 31;                                    | keep | keep | keep | keep
      from tag                   | STATIC | accept | from tag 7;                                        | -    | drop | drop | drop
      from tag                   | BGP    | accept | term a { then tag 5; } term b { from tag 5; then reject; } | drop | drop | drop | drop
      from tag                   | BGP    | accept | from tag 8;                                        | keep | keep | keep | keep
      from preference            | BGP    | accept | from preference 170;                               | drop | drop | drop | drop
      from preference            | BGP    | accept | from preference 5;                                 | keep | keep | keep | keep
      from local-preference      | BGP    | accept | from local-preference 100;                         | drop | drop | drop | drop
      from local-preference      | BGP    | accept | from local-preference 200;                         | keep | keep | keep | keep
      from origin egp            | BGP    | accept | from origin egp;                                   | drop | drop | drop | drop
      from origin igp            | BGP    | accept | from origin igp;                                   | keep | keep | keep | keep
      from origin incomplete     | BGP    | accept | from origin incomplete;                            | keep | keep | keep | keep
      from external              | OSPF_EXTERNAL | accept | from external;                              | refused | drop | drop | refused
      from external              | STATIC | accept | from external;                                     | refused | keep | keep | refused
      from external type         | OSPF_EXTERNAL | accept | from { external { type 2; } }               | refused | drop | drop | refused
      from external type         | OSPF_EXTERNAL | accept | from { external { type 1; } }               | refused | keep | keep | refused

      to neighbor                | BGP    | accept | to neighbor 192.0.2.2;                             | refused | drop | keep | refused
      to neighbor                | BGP    | accept | to neighbor 192.0.2.3;                             | refused | keep | drop | refused
      to neighbor                | STATIC | reject | to neighbor 192.0.2.2; then accept;                | refused | keep | drop | refused

      then accept                | BGP    | reject | then accept;                                       | keep | keep | keep | keep
      then reject                | BGP    | accept | then reject;                                       | drop | drop | drop | drop
      then next term             | BGP    | accept | term a { then next term; } term b { then reject; } | drop | drop | drop | drop
      then next policy           | BGP    | accept | term a { then next policy; } term b { then reject; } | keep | keep | keep | keep
      then default-action reject | BGP    | open   | then default-action reject;                        | drop | drop | drop | -
      then default-action accept | STATIC | open   | then default-action accept;                        | -    | keep | keep | keep
      then local-preference      | BGP    | accept | then local-preference 300;                         | localpref 300 | refused | localpref 300 | refused
      then metric                | BGP    | accept | then metric 77;                                    | metric 77 | med 77 | med 77 | metric 77
      then metric                | BGP    | accept | then metric 16777215;                              | metric 16777215 | med 16777215 | med 16777215 | refused
      then preference            | BGP    | accept | then preference 20;                                | preference 20 | refused | refused | refused
      then tag                   | BGP    | accept | then tag 9;                                        | tag 9 | - | - | tag 9
      then tag                   | BGP    | accept | term a { then tag 9; } term b { from tag 9; then reject; } | drop | drop | drop | drop
      then tag                   | STATIC | accept | then accept;                                       | -    | -    | -    | =tag 7
      then next-hop              | BGP    | accept | then next-hop self;                                | refused | =nexthop 192.0.2.1. | nexthop 192.0.2.1. | refused
      then next-hop              | BGP    | accept | then next-hop 192.0.2.77;                          | nexthop 192.0.2.77 | nexthop 192.0.2.77 | nexthop 192.0.2.77 | refused
      then next-hop              | BGP    | accept | then next-hop 2001:db8::1;                         | refused | refused | refused | refused
      then as-path-prepend       | BGP    | accept | then as-path-prepend "65001 65003";                | path 65001 65003 65009 65010 | path 65001 65003 65001 65009 65010 | path 65001 65003 65009 65010 | refused
      then origin igp            | BGP    | accept | then origin igp;                                   | origin I | origin I | origin I | refused
      then origin egp            | STATIC | accept | then origin egp;                                   | -    | origin E | origin E | refused
      then origin incomplete     | BGP    | accept | then origin incomplete;                            | origin ? | origin ? | origin ? | refused
      then community set         | BGP    | accept | then { community { set new; } }                    | [65001:7] | [65001:7] | [65001:7] | refused
      then community add         | BGP    | accept | then { community { add new; } }                    | [65001:7, 65009:100, large:65009:1:2] | [65001:7, 65009:100, large:65009:1:2] | [65001:7, 65009:100, large:65009:1:2] | refused
      then community add         | STATIC | accept | then { community { add newbig; } }                 | -    | [large:65001:7:8] | [large:65001:7:8] | refused
      then community delete      | BGP    | accept | then { community { delete any; } }                 | [large:65009:1:2] | [large:65009:1:2] | [large:65009:1:2] | refused
      then community delete      | BGP    | accept | then { community { delete bigs; } }                | [65009:100] | [65009:100] | [65009:100] | refused
      then external type         | BGP    | accept | then { external { type 1; } }                      | refused | refused | refused | type 1
      then external type         | BGP    | accept | then { external { type 2; } }                      | refused | refused | refused | =type 2
      """;

  private static final List<PolicyUse> USES =
      List.of(
          PolicyUse.BGP_IMPORT,
          PolicyUse.BGP_EXPORT_EXTERNAL,
          PolicyUse.BGP_EXPORT_INTERNAL,
          PolicyUse.OSPF_EXPORT);

  record Row(
      String word, Subject subject, String next, String body, Map<PolicyUse, String> expectations) {
    @Override
    public String toString() {
      return word + ": " + body;
    }

    /** Outside of any term, and, where it is not written in terms, inside of one. */
    List<String> placements() {
      return body.startsWith("term")
          ? List.of(body)
          : List.of(complete(), "term t {" + complete() + "}");
    }

    private String complete() {
      return body.contains("then") ? body : body + " then reject;";
    }
  }

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : TABLE.lines().filter(l -> !l.isBlank()).toList()) {
      String[] cells = line.strip().split("\\s+\\|\\s+", -1);
      Map<PolicyUse, String> expectations = new EnumMap<>(PolicyUse.class);
      for (int i = 0; i < USES.size(); i++) {
        expectations.put(USES.get(i), cells[4 + i]);
      }
      rows.add(new Row(cells[0], Subject.valueOf(cells[1]), cells[2], cells[3], expectations));
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyRowIsAsTheTableHasIt(Row row) {
    row.expectations()
        .forEach((use, expected) -> {
          for (String body : row.placements()) {
            if (!expected.equals("-")) {
              check(use, row, body, expected);
            }
          }
        });
  }

  private static void check(PolicyUse use, Row row, String body, String expected) {
    String options = LISTS + "policy-statement p {" + body + "}";
    PolicyBench bench = new PolicyBench(use, "p " + row.next(), options);
    String as = use + ": " + body;
    if (expected.equals("refused")) {
      assertThat(bench.findings())
          .as(as)
          .isNotEmpty()
          .allSatisfy(f -> assertThat(f.path()).startsWith("policy-options policy-statement p"))
          .anySatisfy(f -> assertThat(f.message()).containsAnyOf("has no effect", "IPv4 address"));
      return;
    }
    assertThat(bench.findings()).as(as).isEmpty();
    String outcome = bench.outcome(row.subject());
    String without = new PolicyBench(use, row.next(), options).outcome(row.subject());
    switch (expected) {
      case "drop" -> assertThat(outcome).as(as).isEqualTo(PolicyBench.NOTHING);
      case "keep" -> assertThat(outcome).as(as).isNotEqualTo(PolicyBench.NOTHING);
      default -> {
        boolean differs = !expected.startsWith("=");
        String words = differs ? expected : expected.substring(1);
        assertThat(outcome).as(as).contains(words);
        if (differs) {
          assertThat(without).as(as).doesNotContain(words);
        }
      }
    }
    if (expected.equals("drop") && !row.next().equals("reject")) {
      assertThat(without).as(as).isNotEqualTo(PolicyBench.NOTHING);
    }
  }

  @Test
  void everyWordOfTheSchemaHasARowForEveryUse() {
    List<String> missing = new ArrayList<>();
    words()
        .forEach((word, kind) -> {
          Set<PolicyUse> shown = shown(word);
          boolean enough = kind == Kind.VALUE ? !shown.isEmpty() : shown.size() == USES.size();
          if (!enough) {
            missing.add(word + " is shown in " + shown);
          }
        });
    assertThat(missing).isEmpty();
  }

  private static Set<PolicyUse> shown(String word) {
    Set<PolicyUse> shown = EnumSet.noneOf(PolicyUse.class);
    for (Row row : rows()) {
      if (row.word().equals(word) || row.word().startsWith(word + " ")) {
        row.expectations()
            .forEach((use, expected) -> {
              if (!expected.equals("-")) {
                shown.add(use);
              }
            });
      }
    }
    return shown;
  }

  @Test
  void noRowIsAboutAWordThatIsNotThere() {
    assertThat(rows()).extracting(Row::word).allMatch(words()::containsKey);
  }

  private enum Kind {
    STATEMENT,
    /** One of a closed set: it is enough to see it somewhere. */
    VALUE
  }

  private static Map<String, Kind> words() {
    Map<String, Kind> words = new TreeMap<>();
    SchemaNode options =
        RouterConfigReader.statements().members().stream()
            .filter(member -> member.keyword().equals("policy-options"))
            .findFirst()
            .orElseThrow();
    options.members().forEach(member -> collect(member, "", words));
    return words;
  }

  /** What a term holds, its policy holds as well: both are words of the policy. */
  private static void collect(SchemaNode node, String outer, Map<String, Kind> into) {
    boolean transparent = node.keyword().equals("policy-statement") || node.keyword().isEmpty();
    String word = transparent ? outer : (outer + " " + node.keyword()).strip();
    if (!word.isEmpty()) {
      into.put(word, Kind.STATEMENT);
    }
    values(node).forEach(value -> into.put(word + " " + value, Kind.VALUE));
    String inner = node.keyword().equals("term") ? outer : word;
    node.members().forEach(member -> collect(member, inner, into));
  }

  private static Stream<String> values(SchemaNode node) {
    return switch (node) {
      case SchemaNode.Leaf leaf -> leaf.value().words().stream();
      case SchemaNode.LeafList list -> list.value().words().stream();
      case SchemaNode.Container c -> Stream.of();
      case SchemaNode.Keyed k -> Stream.of();
      case SchemaNode.Flag f -> Stream.of();
    };
  }
}
