package dev.culvert.core.probe;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;

/**
 * An echo reply as it arrived: anyone may have sent it, so whoever asked compares all of it.
 *
 * @param source who says that it answers
 */
public record EchoReply(IpAddress source, int identifier, int sequence, Octets payload) {}
