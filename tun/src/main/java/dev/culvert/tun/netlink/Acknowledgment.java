package dev.culvert.tun.netlink;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.sys.Errno;
import java.nio.charset.StandardCharsets;

/**
 * NLMSG_ERROR: the fate of one request.
 *
 * @param errno 0 if it was carried out
 * @param reason the kernel's own words, or ours for its errno
 */
public record Acknowledgment(int errno, String reason) {
  private static final int MAX_REASON = 200;

  public static Decoded<Acknowledgment> decode(NetlinkMessage message) {
    WireReader in = message.payload();
    int errno = -HostOrder.u32(in, "error");
    int length = HostOrder.u32(in, "nlmsg_len");
    in.skip(NetlinkMessage.HEADER_LENGTH - 4, "request header");
    String[] reason = {Errno.describe(errno)};
    if ((message.flags() & Netlink.NLM_F_ACK_TLVS) != 0) {
      if ((message.flags() & Netlink.NLM_F_CAPPED) == 0) {
        in.skip(length - NetlinkMessage.HEADER_LENGTH, "request");
        NetlinkMessage.skipPadding(in, length);
      }
      NetlinkMessage.attributes(
          in,
          (type, value) -> {
            if (type == Netlink.NLMSGERR_ATTR_MSG) {
              reason[0] = text(value);
            }
          });
    }
    return in.finish(() -> new Acknowledgment(errno, reason[0]));
  }

  /** A string with a terminating zero, with anything unprintable made visible. */
  public static String text(WireReader value) {
    byte[] octets = value.octets(Math.min(value.remaining(), MAX_REASON), "text").toByteArray();
    int end = 0;
    while (end < octets.length && octets[end] != 0) {
      end++;
    }
    return new String(octets, 0, end, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
  }
}
