package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * One link state advertisement: its header and the octets after it, kept as they came so that what
 * is flooded on is what was received.
 */
public record Lsa(LsaHeader header, Octets content) {
  private static final int IP_HEADER = 20;

  /**
   * The longest LSA that finds room in one packet on any link: no router can pass on what only the
   * link it came from could carry.
   */
  public static final int MAX_LENGTH =
      0xFFFF
          - IP_HEADER
          - RawPacket.HEADER_LENGTH
          - LinkStateUpdate.FIXED_LENGTH
          - PacketAuthentication.LONGEST_TRAILER;

  private static final int LINK_STATE_ID_AT = 4;
  private static final int LENGTH_AT = 18;

  /** Reads one LSA; a length that lies poisons the reader. */
  public static Lsa read(WireReader in) {
    LsaHeader header = LsaHeader.read(in);
    in.require(header.length() >= LsaHeader.LENGTH, "length", "is shorter than an LSA header");
    Octets content = in.octets(header.length() - LsaHeader.LENGTH, "LSA content");
    return new Lsa(header, content);
  }

  /** An instance of age 0 with its checksum computed. */
  public static Lsa originate(
      LsaType type,
      Ipv4Address linkStateId,
      RouterId advertisingRouter,
      int options,
      int sequenceNumber,
      Octets content) {
    int length = LsaHeader.LENGTH + content.length();
    LsaHeader blank =
        new LsaHeader(
            0,
            options,
            type.wireValue(),
            linkStateId,
            advertisingRouter,
            sequenceNumber,
            0,
            length);
    int checksum = FletcherChecksum.of(new Lsa(blank, content).toBytes());
    return new Lsa(
        new LsaHeader(
            0,
            options,
            type.wireValue(),
            linkStateId,
            advertisingRouter,
            sequenceNumber,
            checksum,
            length),
        content);
  }

  public LsaKey key() {
    return header.key();
  }

  /**
   * What the LSA says. Malformed is more than a body that cannot be read: it is whatever another
   * router may refuse to take, for that router then never acknowledges it, and asks for it for ever
   * while an adjacency forms.
   */
  public Decoded<LsaBody> body(LsaType type) {
    if (length() > MAX_LENGTH) {
      return Decoded.malformed("length", LENGTH_AT, "exceeds " + MAX_LENGTH);
    }
    // RFC 2328 §12.1.4: a router-LSA is named after its originator.
    if (type == LsaType.ROUTER
        && header.linkStateId().bits() != header.advertisingRouter().bits()) {
      return Decoded.malformed("Link State ID", LINK_STATE_ID_AT, "is not the Advertising Router");
    }
    return LsaBody.decode(type, content);
  }

  public boolean checksumHolds() {
    return FletcherChecksum.holds(toBytes());
  }

  public Lsa withAge(int seconds) {
    return new Lsa(header.withAge(seconds), content);
  }

  public int length() {
    return LsaHeader.LENGTH + content.length();
  }

  public void write(WireWriter out) {
    header.write(out);
    out.octets(content);
  }

  private byte[] toBytes() {
    WireWriter out = new WireWriter();
    write(out);
    return out.toByteArray();
  }
}
