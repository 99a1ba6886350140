package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * A destination outside the AS (RFC 2328 §A.4.5).
 *
 * <pre>
 * |                         Network Mask                          |
 * |E|     0       |                  metric                       |
 * |                      Forwarding address                       |
 * |                      External Route Tag                       |
 * </pre>
 *
 * @param type2 the E bit: the metric outweighs any cost inside the AS
 * @param forwardingAddress 0.0.0.0: by way of the originator
 */
public record ExternalLsa(
    int prefixLength, boolean type2, int metric, Ipv4Address forwardingAddress, long tag)
    implements LsaBody {
  /** RFC 2328 appendix B: a metric of LSInfinity says unreachable. */
  public static final int LS_INFINITY = 0xFFFFFF;

  private static final int TYPE_2 = 0x80;

  /** E bit, TOS and metric, forwarding address and tag once more for each TOS. */
  private static final int TOS_METRIC_LENGTH = 12;

  static ExternalLsa read(WireReader in) {
    int prefixLength = LsaBody.readMaskLength(in);
    int typeAndTos = in.u8("E");
    in.require((typeAndTos & ~TYPE_2) == 0, "0", "is " + (typeAndTos & ~TYPE_2));
    boolean type2 = (typeAndTos & TYPE_2) != 0;
    int metric = in.u24("metric");
    Ipv4Address forwardingAddress = in.ipv4("Forwarding address");
    long tag = in.u32Long("External Route Tag");
    while (in.remaining() > 0) {
      in.skip(TOS_METRIC_LENGTH, "TOS metric");
    }
    return new ExternalLsa(prefixLength, type2, metric, forwardingAddress, tag);
  }

  @Override
  public void write(WireWriter out) {
    out.u32(Ipv4Prefix.mask(prefixLength)).u8(type2 ? TYPE_2 : 0).u24(metric);
    out.address(forwardingAddress).u32((int) tag);
  }
}
