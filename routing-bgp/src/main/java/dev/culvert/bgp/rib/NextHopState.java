package dev.culvert.bgp.rib;

/**
 * That the routing table resolves a tracked next hop.
 *
 * @param igpMetric the interior cost of RFC 4271 §9.1.2.2 (e)
 */
public record NextHopState(long igpMetric) {}
