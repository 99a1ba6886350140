package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** A destination outside the area (RFC 2328 §A.4.4); a mask counts in type 3 only. */
public record SummaryLsa(int prefixLength, int metric) implements LsaBody {

  static SummaryLsa read(WireReader in) {
    int prefixLength = LsaBody.readMaskLength(in);
    in.u8("0");
    int metric = in.u24("metric");
    in.skip(in.remaining(), "TOS metrics");
    return new SummaryLsa(prefixLength, metric);
  }

  @Override
  public void write(WireWriter out) {
    out.u32(Ipv4Prefix.mask(prefixLength)).u8(0).u24(metric);
  }
}
