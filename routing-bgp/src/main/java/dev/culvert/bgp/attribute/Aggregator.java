package dev.culvert.bgp.attribute;

import dev.culvert.core.net.Ipv4Address;

/** AGGREGATOR (RFC 4271 §5.1.7): who formed an aggregate. */
public record Aggregator(long asNumber, Ipv4Address address) {}
