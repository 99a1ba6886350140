package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * A destination outside the area (RFC 2328 §A.4.4).
 *
 * <pre>
 * |                         Network Mask                          |
 * |      0        |                  metric                       |
 * |     TOS       |                TOS  metric                    |
 * </pre>
 *
 * @param prefixLength 0 in type 4, where the mask means nothing
 */
public record SummaryLsa(int prefixLength, int metric) implements LsaBody {
  private static final int TOS_METRIC_LENGTH = 4;

  static SummaryLsa read(WireReader in) {
    return read(in, LsaBody.readMaskLength(in));
  }

  static SummaryLsa readOfBoundaryRouter(WireReader in) {
    in.u32("Network Mask");
    return read(in, 0);
  }

  private static SummaryLsa read(WireReader in, int prefixLength) {
    int tos = in.u8("0");
    in.require(tos == 0, "0", "is " + tos);
    int metric = in.u24("metric");
    while (in.remaining() > 0) {
      in.skip(TOS_METRIC_LENGTH, "TOS metric");
    }
    return new SummaryLsa(prefixLength, metric);
  }

  @Override
  public void write(WireWriter out) {
    out.u32(Ipv4Prefix.mask(prefixLength)).u8(0).u24(metric);
  }
}
