package dev.culvert.core.rib.statics;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.oneLineList;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.MartianRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code martians}: schema and bind. */
final class MartiansSchema {
  private static final ValueType<IpPrefix> PREFIX = ValueTypes.prefix();
  private static final ValueType<Integer> UP_TO =
      ValueTypes.of("</length>", "a prefix length such as /24", MartiansSchema::slashLength);
  private static final ValueType<Lengths> LENGTH_RANGE =
      ValueTypes.of("</least-/most>", "a range such as /16-/24", MartiansSchema::range);

  private record Lengths(int least, int most) {}

  private MartiansSchema() {}

  static SchemaNode schema() {
    return container(
        "martians",
        "Prefixes no route may lead to, beside those known as such",
        oneLineList(
            "",
            "Prefixes; of several that match a route the longest decides",
            PREFIX,
            flag("exact", "The prefix itself"),
            flag("longer", "Longer prefixes under it"),
            flag("orlonger", "The prefix itself and longer ones under it"),
            leaf("upto", "The prefix and those under it up to a length", UP_TO),
            leaf("prefix-length-range", "Prefixes under it of these lengths", LENGTH_RANGE),
            flag("allow", "Routes may lead there")));
  }

  static List<MartianRule> bind(ConfigNode martians, AddressFamily family, Diagnostics problems) {
    List<MartianRule> rules = new ArrayList<>();
    for (ConfigNode node : martians.children("")) {
      IpPrefix prefix = node.key(PREFIX);
      if (prefix.family() != family) {
        problems.error(
            node,
            prefix.family() == AddressFamily.INET6
                ? "IPv6 martians belong under 'rib inet6.0 martians'"
                : "IPv4 martians belong under 'martians' or 'rib inet.0 martians'");
      } else {
        rule(node, prefix, problems).ifPresent(rules::add);
      }
    }
    return rules;
  }

  private static Optional<MartianRule> rule(
      ConfigNode node, IpPrefix prefix, Diagnostics problems) {
    int length = prefix.length();
    int bits = prefix.family().bits();
    List<Lengths> matches = new ArrayList<>();
    if (node.has("exact")) {
      matches.add(new Lengths(length, length));
    }
    if (node.has("longer")) {
      matches.add(new Lengths(length + 1, bits));
    }
    if (node.has("orlonger")) {
      matches.add(new Lengths(length, bits));
    }
    node.leaf("upto", UP_TO).ifPresent(most -> matches.add(new Lengths(length, most)));
    node.leaf("prefix-length-range", LENGTH_RANGE).ifPresent(matches::add);
    if (matches.size() != 1) {
      problems.error(
          node, "martians needs one of exact, longer, orlonger, upto and prefix-length-range");
      return Optional.empty();
    }
    Lengths lengths = matches.getFirst();
    if (lengths.least() < length || lengths.most() < lengths.least() || lengths.most() > bits) {
      problems.error(node, "lengths must lie between /" + length + " and /" + bits);
      return Optional.empty();
    }
    return Optional.of(new MartianRule(prefix, lengths.least(), lengths.most(), node.has("allow")));
  }

  private static Optional<Integer> slashLength(String word) {
    boolean isNumber = word.matches("/[0-9]{1,3}");
    return isNumber ? Optional.of(Integer.parseInt(word.substring(1))) : Optional.empty();
  }

  private static Optional<Lengths> range(String word) {
    int dash = word.indexOf('-');
    if (dash < 0) {
      return Optional.empty();
    }
    Optional<Integer> most = slashLength(word.substring(dash + 1));
    return slashLength(word.substring(0, dash))
        .flatMap(least -> most.map(m -> new Lengths(least, m)));
  }
}
