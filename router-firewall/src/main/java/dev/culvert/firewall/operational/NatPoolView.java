package dev.culvert.firewall.operational;

/**
 * A pool of NAT and how often it was used.
 *
 * @param id from 1, in the order written
 * @param hits sessions that rules of the pool have translated
 * @param <P> {@code SourceNatPool} or {@code DestinationNatPool}
 */
public record NatPoolView<P>(int id, P pool, long hits) {}
