package dev.culvert.firewall.ruleset;

/**
 * A name whose addresses an address book asks for.
 *
 * @param name in lower case, without the last dot
 * @param family which addresses are wanted
 * @param queryIntervalSeconds 16 to 86,400: how long an answer is good for whatever its TTL says
 */
public record DnsName(String name, Family family, int queryIntervalSeconds)
    implements Comparable<DnsName> {
  public static final int DEFAULT_QUERY_INTERVAL = 300;

  public enum Family {
    BOTH,
    IPV4_ONLY,
    IPV6_ONLY
  }

  @Override
  public int compareTo(DnsName other) {
    int byName = name.compareTo(other.name);
    int byFamily = family.compareTo(other.family);
    return byName != 0
        ? byName
        : byFamily != 0
            ? byFamily
            : Integer.compare(queryIntervalSeconds, other.queryIntervalSeconds);
  }
}
