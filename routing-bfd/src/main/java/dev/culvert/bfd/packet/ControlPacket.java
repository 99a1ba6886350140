package dev.culvert.bfd.packet;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * A BFD Control packet, RFC 5880 §4.1. Intervals are in microseconds, 0 to 4294967295.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 * |                       My Discriminator                        |
 * |                      Your Discriminator                       |
 * |                    Desired Min TX Interval                    |
 * |                   Required Min RX Interval                    |
 * |                 Required Min Echo RX Interval                 |
 * </pre>
 *
 * @param authenticated the A bit: an authentication section follows, which is not kept
 */
public record ControlPacket(
    BfdDiagnostic diagnostic,
    BfdState state,
    boolean poll,
    boolean isFinal,
    boolean controlPlaneIndependent,
    boolean authenticated,
    boolean demand,
    int detectMultiplier,
    int myDiscriminator,
    int yourDiscriminator,
    long desiredMinTxMicros,
    long requiredMinRxMicros,
    long requiredMinEchoRxMicros) {

  public static final int VERSION = 1;
  public static final int LENGTH = 24;
  private static final int LENGTH_WITH_AUTHENTICATION = 26;
  private static final int POLL = 0x20;
  private static final int FINAL = 0x10;
  private static final int CONTROL_PLANE_INDEPENDENT = 0x08;
  private static final int AUTHENTICATION_PRESENT = 0x04;
  private static final int DEMAND = 0x02;
  private static final int MULTIPOINT = 0x01;

  /** The checks of RFC 5880 §6.8.6 that need no session, in its order. */
  public static Decoded<ControlPacket> decode(WireReader in) {
    int available = in.remaining();
    int versionAndDiagnostic = in.u8("Diag");
    in.require(versionAndDiagnostic >>> 5 == VERSION, "Vers", "is not 1");
    int flags = in.u8("flags");
    boolean authenticated = (flags & AUTHENTICATION_PRESENT) != 0;
    int detectMultiplier = in.u8("Detect Mult");
    int length = in.u8("Length");
    in.require(
        length >= (authenticated ? LENGTH_WITH_AUTHENTICATION : LENGTH), "Length", "is too small");
    in.require(length <= available, "Length", "exceeds the payload");
    in.require(detectMultiplier != 0, "Detect Mult", "is zero");
    in.require((flags & MULTIPOINT) == 0, "Multipoint", "is set");
    int myDiscriminator = in.u32("My Discriminator");
    in.require(myDiscriminator != 0, "My Discriminator", "is zero");
    int yourDiscriminator = in.u32("Your Discriminator");
    BfdState state = BfdState.ofWire(flags >>> 6);
    in.require(
        yourDiscriminator != 0 || state == BfdState.DOWN || state == BfdState.ADMIN_DOWN,
        "Your Discriminator",
        "is zero in state " + state);
    long desiredMinTx = in.u32Long("Desired Min TX Interval");
    long requiredMinRx = in.u32Long("Required Min RX Interval");
    long requiredMinEchoRx = in.u32Long("Required Min Echo RX Interval");
    return in.finish(() ->
        new ControlPacket(
            BfdDiagnostic.ofWire(versionAndDiagnostic & 0x1F),
            state,
            (flags & POLL) != 0,
            (flags & FINAL) != 0,
            (flags & CONTROL_PLANE_INDEPENDENT) != 0,
            authenticated,
            (flags & DEMAND) != 0,
            detectMultiplier,
            myDiscriminator,
            yourDiscriminator,
            desiredMinTx,
            requiredMinRx,
            requiredMinEchoRx));
  }

  /** The mandatory section alone; packets with authentication are only ever received. */
  public Octets encode() {
    if (authenticated) {
      throw new IllegalStateException("authentication is not supported");
    }
    int flags =
        state.wireValue() << 6
            | (poll ? POLL : 0)
            | (isFinal ? FINAL : 0)
            | (controlPlaneIndependent ? CONTROL_PLANE_INDEPENDENT : 0)
            | (demand ? DEMAND : 0);
    return new WireWriter()
        .u8(VERSION << 5 | diagnostic.wireValue())
        .u8(flags)
        .u8(detectMultiplier)
        .u8(LENGTH)
        .u32(myDiscriminator)
        .u32(yourDiscriminator)
        .u32((int) desiredMinTxMicros)
        .u32((int) requiredMinRxMicros)
        .u32((int) requiredMinEchoRxMicros)
        .toOctets();
  }
}
