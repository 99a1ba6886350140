package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.oneLineList;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.firewall.application.Alg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** {@code applications}: what may be written there. */
final class ApplicationsSchema {
  /** Junos' word for no gateway. */
  static final String NO_GATEWAY = "ignore";

  static final ValueType<String> GATEWAY = new Gateway();

  private ApplicationsSchema() {}

  static SchemaNode schema() {
    return container("applications", "What packets carry, by name", application(), set());
  }

  private static SchemaNode application() {
    List<SchemaNode> members = new ArrayList<>();
    members.add(leaf("description", "Text for people", FirewallValues.DESCRIPTION));
    members.add(leaf("application-protocol", "Gateway that looks into it", GATEWAY));
    members.addAll(match());
    members.add(term());
    return list(
            "application",
            "An application",
            FirewallValues.NAMES,
            members.toArray(SchemaNode[]::new))
        .refusing("only IP is filtered", "ether-type")
        .refusing("programs inside RPC cannot be told apart", "rpc-program-number", "uuid")
        .refusing(
            "there is no gateway for DNS",
            "do-not-translate-AAAA-query-to-A-query",
            "do-not-translate-A-query-to-AAAA-query");
  }

  private static SchemaNode term() {
    return oneLineList(
            "term",
            "One of several alternatives",
            FirewallValues.NAMES,
            Stream.concat(
                    Stream.of(leaf("alg", "Gateway that looks into it", GATEWAY)), match().stream())
                .toArray(SchemaNode[]::new))
        .refusing("programs inside RPC cannot be told apart", "rpc-program-number", "uuid");
  }

  private static List<SchemaNode> match() {
    return List.of(
        leaf("protocol", "IP protocol", ServiceWords.PROTOCOL),
        leaf("source-port", "TCP, UDP or SCTP source port", ServiceWords.PORT),
        leaf("destination-port", "TCP, UDP or SCTP destination port", ServiceWords.PORT),
        leaf("icmp-type", "ICMP type", ServiceWords.ICMP_TYPE),
        leaf("icmp-code", "ICMP code", ServiceWords.ICMP_CODE),
        leaf("icmp6-type", "ICMPv6 type", ServiceWords.ICMP6_TYPE),
        leaf("icmp6-code", "ICMPv6 code", ServiceWords.ICMP6_CODE),
        leaf(
            "inactivity-timeout",
            "Seconds until an idle session ends, or never",
            ServiceWords.INACTIVITY_TIMEOUT));
  }

  private static SchemaNode set() {
    return list(
        "application-set",
        "Several applications by one name",
        FirewallValues.NAMES,
        leaf("description", "Text for people", FirewallValues.DESCRIPTION),
        list("application", "An application of the set", FirewallValues.NAMES),
        list("application-set", "A set inside the set", FirewallValues.NAMES));
  }

  private record Gateway() implements ValueType<String> {
    private static final List<String> WORDS =
        Stream.concat(Arrays.stream(Alg.values()).map(Alg::junosName), Stream.of(NO_GATEWAY))
            .toList();

    @Override
    public String placeholder() {
      return "(" + String.join(" | ", WORDS) + ")";
    }

    @Override
    public Parsed<String> parse(String word) {
      return WORDS.contains(word)
          ? new Parsed.Value<>(word)
          : new Parsed.Wrong<>(
              "there is no gateway for '" + word + "', only for ftp, tftp, sip and pptp");
    }

    @Override
    public List<String> words() {
      return WORDS;
    }
  }
}
