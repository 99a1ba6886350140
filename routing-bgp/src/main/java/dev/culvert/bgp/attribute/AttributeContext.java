package dev.culvert.bgp.attribute;

/**
 * What the meaning of attributes depends on.
 *
 * @param fourOctetAs both sides speak 4-octet AS numbers (RFC 6793)
 * @param external the session crosses an AS border
 */
public record AttributeContext(boolean fourOctetAs, boolean external) {}
