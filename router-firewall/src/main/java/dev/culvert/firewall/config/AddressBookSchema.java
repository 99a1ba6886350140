package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressSet;
import java.util.List;

/** {@code security address-book NAME}, and the book inside a zone: what may be written there. */
final class AddressBookSchema {
  static final ValueType<Integer> QUERY_INTERVAL = ValueTypes.integer(16, 86_400);
  static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  static final ValueType<AddressSet> WILDCARD =
      ValueTypes.of(
          "<address/mask>",
          "an address with a mask such as 10.0.5.0/255.0.255.0 that leaves open at most "
              + WildcardAddress.MOST_RANGES
              + " ranges",
          WildcardAddress::parse);

  private AddressBookSchema() {}

  static SchemaNode book() {
    return list(
        "address-book",
        "Addresses by name",
        FirewallValues.NAMES,
        leaf("description", "Text for people", FirewallValues.DESCRIPTION),
        address(),
        set(),
        container(
                "attach",
                "Where the names hold",
                list("zone", "A security zone", FirewallValues.NAMES))
            .refusing("a book is attached to zones", "interface", "routing-instance"));
  }

  /** What a book of a zone's own holds. */
  static List<SchemaNode> ofZone() {
    return List.of(address(), set());
  }

  private static SchemaNode address() {
    return list(
        "address",
        "An address",
        FirewallValues.NAMES,
        leaf("description", "Text for people", FirewallValues.DESCRIPTION),
        leaf("", "Address or prefix", FirewallValues.PREFIX),
        list(
            "dns-name",
            "The addresses of a host name",
            FirewallValues.HOST_NAMES,
            flag("ipv4-only", "Its IPv4 addresses"),
            flag("ipv6-only", "Its IPv6 addresses"),
            leaf("dns-query-interval", "Seconds an answer is good for at most", QUERY_INTERVAL)),
        leaf("wildcard-address", "IPv4 address and the bits that count", WILDCARD),
        range("range-address"),
        range("address-range"));
  }

  /** Junos has both words. */
  private static SchemaNode range(String word) {
    return list(
        word,
        "First address of a range",
        ADDRESS,
        container("to", "Upper end", leaf("", "Last address of the range", ADDRESS)));
  }

  private static SchemaNode set() {
    return list(
        "address-set",
        "Several addresses by one name",
        FirewallValues.NAMES,
        leaf("description", "Text for people", FirewallValues.DESCRIPTION),
        list("address", "An address of the set", FirewallValues.NAMES),
        list("address-set", "A set inside the set", FirewallValues.NAMES));
  }
}
