package dev.culvert.ospf.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SourcePosition;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.wire.Secret;
import dev.culvert.ospf.packet.OspfAuthentication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OspfConfigSectionTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private final OspfConfigSection section =
      new OspfConfigSection().with(PolicyOptions.of("policy-statement statics { then accept; }"));
  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void nothingConfiguredIsNoOspf() {
    assertThat(section.bind(null, diagnostics)).isSameAs(OspfConfig.NONE);
  }

  @Test
  void anInterfaceWithoutStatementsHasJunosDefaults() {
    OspfConfig config = bind("area 0.0.0.0 interface st0.0");
    OspfInterfaceConfig bound = config.interfaces().get(ST0);
    assertThat(bound).isEqualTo(OspfInterfaceConfig.of(ST0));
    assertThat(bound.helloInterval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(bound.deadInterval()).isEqualTo(Duration.ofSeconds(40));
    assertThat(bound.priority()).isEqualTo(128);
    assertThat(config.cost(bound)).isEqualTo(1);
    assertThat(config.preference()).isEqualTo(10);
    assertThat(config.externalPreference()).isEqualTo(150);
  }

  @Test
  void everyStatementArrivesInItsField() {
    OspfConfig config =
        bind(
            "export statics",
            "reference-bandwidth 10g",
            "preference 11",
            "external-preference 151",
            "area 0 interface st0.0 interface-type broadcast",
            "area 0 interface st0.0 metric 7",
            "area 0 interface st0.0 passive",
            "area 0 interface st0.0 disable",
            "area 0 interface st0.0 hello-interval 2",
            "area 0 interface st0.0 retransmit-interval 3",
            "area 0 interface st0.0 transit-delay 4",
            "area 0 interface st0.0 priority 0",
            "area 0 interface st0.0 mtu ignore",
            "area 0 interface st0.0 authentication md5 2 key second",
            "area 0 interface st0.0 authentication md5 2 start-time 2026-06-01.12:00",
            "area 0 interface st0.0 authentication md5 1 key first",
            "area 0 interface st0.0 bfd-liveness-detection minimum-interval 50");
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.export().names()).containsExactly("statics");
    assertThat(config.referenceBandwidth()).isEqualTo(10_000_000_000L);
    assertThat(config.preference()).isEqualTo(11);
    assertThat(config.externalPreference()).isEqualTo(151);
    assertThat(config.interfaces().get(ST0))
        .isEqualTo(
            new OspfInterfaceConfig(
                ST0,
                NetworkType.BROADCAST,
                7,
                true,
                true,
                Duration.ofSeconds(2),
                Duration.ofSeconds(8),
                Duration.ofSeconds(3),
                Duration.ofSeconds(4),
                0,
                null,
                true,
                new OspfAuthentication.Md5(
                    List.of(
                        new OspfAuthentication.Md5Key(1, secret("first"), Instant.EPOCH),
                        new OspfAuthentication.Md5Key(
                            2, secret("second"), Instant.parse("2026-06-01T12:00:00Z")))),
                new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3)));
  }

  @Test
  void pointToMultipointFindsItsNeighborsByItselfAndIsRefusedOtherwise() {
    OspfConfig config =
        bind(
            "area 0 interface st0.0 interface-type p2mp",
            "area 0 interface st0.0 dynamic-neighbors");
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.interfaces().get(ST0))
        .isEqualTo(OspfInterfaceConfig.of(ST0).withNetworkType(NetworkType.POINT_TO_MULTIPOINT));

    bind("area 0 interface st0.0 interface-type p2mp");
    assertFinding("interface-type p2mp needs dynamic-neighbors");
    bind("area 0 interface st0.0 dynamic-neighbors");
    assertFinding("needs interface-type p2mp");
  }

  @Test
  void anotherAreaIsRefusedByName() {
    bind("area 0.0.0.1 interface st0.0");
    assertFinding("only the backbone, area 0.0.0.0, can be configured, not area 0.0.0.1");
  }

  @Test
  void aDeadIntervalThatIsNoLongerThanTheHelloIntervalIsRefused() {
    bind("area 0 interface st0.0 hello-interval 10", "area 0 interface st0.0 dead-interval 10");
    assertFinding("dead-interval 10 is not longer than hello-interval 10");
  }

  @Test
  void md5AndAPasswordTogetherAreRefusedAndSoIsAKeyIdWithoutAKey() {
    bind(
        "area 0 interface st0.0 authentication md5 1 key x",
        "area 0 interface st0.0 authentication simple-password y");
    assertFinding("needs either md5 keys or a simple-password");
    bind("area 0 interface st0.1 authentication md5 1");
    assertFinding("needs a key");
  }

  @Test
  void networkTypesWithoutSupportAndOverlongSecretsAreRefusedByTheSchema() {
    assertThat(refusal("area 0 interface st0.0 interface-type nbma"))
        .contains("nbma is not supported");
    assertThat(refusal("area 0 interface st0.0 authentication md5 1 key aaaaaaaaaaaaaaaaa"))
        .contains("1 to 16 characters")
        .doesNotContain("aaa");
    assertThat(refusal("area 0 interface st0.0 mtu 12")).contains("MTU");
    assertThat(refusal("area 300.0.0.0")).contains("area");
  }

  private OspfConfig bind(String... statements) {
    ConfigNode root = node(section.schema(), List.of(), new ArrayList<>(), "protocols ospf");
    for (String statement : statements) {
      root = with(root, List.of(statement.split(" ")));
    }
    return section.bind(root, diagnostics);
  }

  /** The tree with one set statement added, as the parser would build it. */
  private static ConfigNode with(ConfigNode parent, List<String> words) {
    if (words.isEmpty()) {
      return parent;
    }
    SchemaNode schema =
        parent.schema().members().stream()
            .filter(m -> m.keyword().equals(words.getFirst()))
            .findFirst()
            .orElseThrow();
    List<String> rest = words.subList(1, words.size());
    List<String> own =
        switch (schema) {
          case SchemaNode.Keyed keyed -> rest.subList(0, 1);
          case SchemaNode.Leaf leaf -> rest.subList(0, 1);
          case SchemaNode.LeafList leaves -> rest;
          case SchemaNode.Container container -> List.of();
          case SchemaNode.Flag flag -> List.of();
        };
    List<ConfigNode> children = new ArrayList<>(parent.children());
    ConfigNode known =
        children.stream()
            .filter(c -> c.keyword().equals(schema.keyword()) && c.words().equals(own))
            .findFirst()
            .orElse(null);
    children.remove(known);
    String path = parent.path() + " " + schema.keyword();
    ConfigNode base = known != null ? known : node(schema, own, List.of(), path);
    children.add(with(base, rest.subList(own.size(), rest.size())));
    return node(parent.schema(), parent.words(), children, parent.path());
  }

  private static ConfigNode node(
      SchemaNode schema, List<String> words, List<ConfigNode> children, String path) {
    return new ConfigNode(schema, words, children, false, path, SourcePosition.NONE);
  }

  /** Why the schema refuses the last word of a statement. */
  private String refusal(String statement) {
    SchemaNode at = section.schema();
    String reason = "";
    List<String> words = List.of(statement.split(" "));
    for (int i = 0; i < words.size(); i++) {
      String keyword = words.get(i);
      at = at.members().stream().filter(m -> m.keyword().equals(keyword)).findFirst().orElseThrow();
      ValueType<?> type =
          switch (at) {
            case SchemaNode.Keyed keyed -> keyed.key();
            case SchemaNode.Leaf leaf -> leaf.value();
            default -> null;
          };
      if (type != null
          && type.parse(words.get(++i)) instanceof ValueType.Parsed.Wrong<?>(String why)) {
        reason = why;
      }
    }
    return reason;
  }

  private void assertFinding(String message) {
    assertThat(diagnostics.findings()).anySatisfy(f -> assertThat(f.message()).isEqualTo(message));
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
