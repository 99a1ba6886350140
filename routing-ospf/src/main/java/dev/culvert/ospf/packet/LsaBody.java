package dev.culvert.ospf.packet;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** What an LSA says, by its LS type. */
public sealed interface LsaBody
    permits RouterLsa, NetworkLsa, SummaryLsa, ExternalLsa, UnreadableLsa {

  void write(WireWriter out);

  /** The octets after the LSA header. */
  default Octets encode() {
    WireWriter out = new WireWriter();
    write(out);
    return out.toOctets();
  }

  static Decoded<LsaBody> decode(LsaType type, Octets content) {
    WireReader in = content.reader();
    LsaBody body =
        switch (type) {
          case ROUTER -> RouterLsa.read(in);
          case NETWORK -> NetworkLsa.read(in);
          case SUMMARY_NETWORK, SUMMARY_ASBR -> SummaryLsa.read(in);
          case AS_EXTERNAL -> ExternalLsa.read(in);
        };
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
