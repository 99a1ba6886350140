package dev.culvert.tun.nftables;

/**
 * A named counter of a table.
 *
 * @param packets since the counter was made, or reset by hand
 * @param bytes of those packets, IP headers included
 */
public record NftCounter(String name, long packets, long bytes) {}
