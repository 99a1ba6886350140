package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * The header all LSAs share, which names one instance of one LSA (RFC 2328 §A.4.1).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |            LS age             |    Options    |    LS type    |
 * |                        Link State ID                          |
 * |                     Advertising Router                        |
 * |                     LS sequence number                        |
 * |         LS checksum           |             length            |
 * </pre>
 *
 * @param sequenceNumber signed, as RFC 2328 §12.1.6 compares it
 * @param length of the whole LSA with this header
 */
public record LsaHeader(
    int age,
    int options,
    int type,
    Ipv4Address linkStateId,
    RouterId advertisingRouter,
    int sequenceNumber,
    int checksum,
    int length) {
  public static final int LENGTH = 20;

  /** RFC 2328 appendix B, in seconds. */
  public static final int MAX_AGE = 3600;

  private static final int MAX_AGE_DIFF = 900;

  public static final int INITIAL_SEQUENCE_NUMBER = 0x80000001;
  public static final int MAX_SEQUENCE_NUMBER = 0x7FFFFFFF;

  public static LsaHeader read(WireReader in) {
    return new LsaHeader(
        in.u16("LS age"),
        in.u8("Options"),
        in.u8("LS type"),
        in.ipv4("Link State ID"),
        in.routerId("Advertising Router"),
        in.u32("LS sequence number"),
        in.u16("LS checksum"),
        in.u16("length"));
  }

  public void write(WireWriter out) {
    out.u16(age)
        .u8(options)
        .u8(type)
        .address(linkStateId)
        .routerId(advertisingRouter)
        .u32(sequenceNumber)
        .u16(checksum)
        .u16(length);
  }

  public LsaKey key() {
    return new LsaKey(type, linkStateId, advertisingRouter);
  }

  public boolean isMaxAge() {
    return age >= MAX_AGE;
  }

  public LsaHeader withAge(int seconds) {
    return new LsaHeader(
        Math.min(seconds, MAX_AGE),
        options,
        type,
        linkStateId,
        advertisingRouter,
        sequenceNumber,
        checksum,
        length);
  }

  /** RFC 2328 §13.1: positive if this instance is the more recent, 0 if they are the same. */
  public int compareRecency(LsaHeader other) {
    if (sequenceNumber != other.sequenceNumber) {
      return Integer.compare(sequenceNumber, other.sequenceNumber);
    }
    if (checksum != other.checksum) {
      return Integer.compare(checksum, other.checksum);
    }
    if (isMaxAge() != other.isMaxAge()) {
      return isMaxAge() ? 1 : -1;
    }
    return Math.abs(age - other.age) > MAX_AGE_DIFF ? Integer.compare(other.age, age) : 0;
  }
}
