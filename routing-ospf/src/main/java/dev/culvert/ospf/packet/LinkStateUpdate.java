package dev.culvert.ospf.packet;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/** Carries LSAs one hop further from where they were originated (RFC 2328 §A.3.5). */
public record LinkStateUpdate(List<Lsa> lsas) implements OspfPacket {
  /** The count of LSAs stands before them. */
  public static final int FIXED_LENGTH = 4;

  public LinkStateUpdate {
    lsas = List.copyOf(lsas);
  }

  @Override
  public PacketType type() {
    return PacketType.LINK_STATE_UPDATE;
  }

  static LinkStateUpdate read(WireReader in) {
    long count = in.u32Long("# LSAs");
    List<Lsa> lsas = new ArrayList<>();
    while (lsas.size() < count && in.remaining() > 0) {
      lsas.add(Lsa.read(in));
    }
    in.require(lsas.size() == count, "# LSAs", "exceeds the LSAs present");
    return new LinkStateUpdate(lsas);
  }

  @Override
  public void write(WireWriter out) {
    out.u32(lsas.size());
    lsas.forEach(l -> l.write(out));
  }
}
