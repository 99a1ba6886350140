package dev.culvert.ospf.packet;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** What an LSA says, by its LS type. */
public sealed interface LsaBody permits RouterLsa, NetworkLsa, SummaryLsa, ExternalLsa {

  void write(WireWriter out);

  /** The octets after the LSA header. */
  default Octets encode() {
    WireWriter out = new WireWriter();
    write(out);
    return out.toOctets();
  }

  /**
   * Reads a body to its last octet. As strict as any router known to check what it is given (FRR
   * and BIRD do): what one of those refuses must not be passed on to it, see {@link Lsa#body}.
   */
  static Decoded<LsaBody> decode(LsaType type, Octets content) {
    WireReader in = content.reader();
    LsaBody body =
        switch (type) {
          case ROUTER -> RouterLsa.read(in);
          case NETWORK -> NetworkLsa.read(in);
          case SUMMARY_NETWORK -> SummaryLsa.read(in);
          case SUMMARY_ASBR -> SummaryLsa.readOfBoundaryRouter(in);
          case AS_EXTERNAL -> ExternalLsa.read(in);
        };
    in.require(in.remaining() == 0, "length", "exceeds the content");
    return in.finish(() -> body);
  }

  /** Reads a network mask; one with holes names no prefix and poisons the reader. */
  static int readMaskLength(WireReader in) {
    int mask = in.u32("Network Mask");
    int length = Integer.bitCount(mask);
    boolean contiguous = length == 0 || mask == -1 << (32 - length);
    in.require(contiguous, "Network Mask", "has holes");
    return contiguous ? length : 0;
  }
}
