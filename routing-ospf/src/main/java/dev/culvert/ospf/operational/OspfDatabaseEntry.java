package dev.culvert.ospf.operational;

import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaHeader;

/**
 * One line of {@code show ospf database}.
 *
 * @param header with the age at the time of asking
 * @param own originated by this router (the asterisk)
 */
public record OspfDatabaseEntry(LsaHeader header, LsaBody body, boolean own) {}
