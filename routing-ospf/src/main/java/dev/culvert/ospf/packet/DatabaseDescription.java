package dev.culvert.ospf.packet;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Headers of the sender's database, exchanged while an adjacency forms (RFC 2328 §A.3.3).
 *
 * <pre>
 * |         Interface MTU         |    Options    |0|0|0|0|0|I|M|MS
 * |                     DD sequence number                        |
 * |                       LSA headers ...                         |
 * </pre>
 */
public record DatabaseDescription(
    int interfaceMtu,
    int options,
    boolean init,
    boolean more,
    boolean master,
    int ddSequenceNumber,
    List<LsaHeader> headers)
    implements OspfPacket {
  private static final int INIT = 4;
  private static final int MORE = 2;
  private static final int MASTER = 1;

  /** Octets before the headers. */
  public static final int FIXED_LENGTH = 8;

  public DatabaseDescription {
    headers = List.copyOf(headers);
  }

  @Override
  public PacketType type() {
    return PacketType.DATABASE_DESCRIPTION;
  }

  static DatabaseDescription read(WireReader in) {
    int interfaceMtu = in.u16("Interface MTU");
    int options = in.u8("Options");
    int flags = in.u8("flags");
    int ddSequenceNumber = in.u32("DD sequence number");
    List<LsaHeader> headers = new ArrayList<>();
    while (in.remaining() > 0) {
      headers.add(LsaHeader.read(in));
    }
    return new DatabaseDescription(
        interfaceMtu,
        options,
        (flags & INIT) != 0,
        (flags & MORE) != 0,
        (flags & MASTER) != 0,
        ddSequenceNumber,
        headers);
  }

  @Override
  public void write(WireWriter out) {
    int flags = (init ? INIT : 0) | (more ? MORE : 0) | (master ? MASTER : 0);
    out.u16(interfaceMtu).u8(options).u8(flags).u32(ddSequenceNumber);
    headers.forEach(h -> h.write(out));
  }
}
