package dev.culvert.ospf.packet;

import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireReader;
import dev.culvert.ospf.packet.OspfAuthentication.Md5Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Signs and verifies whole packets (RFC 2328 appendix D). Stateless. */
public final class PacketAuthentication {
  private static final int TYPE_NULL = 0;
  private static final int TYPE_SIMPLE = 1;
  private static final int TYPE_CRYPTOGRAPHIC = 2;
  private static final int AUTH_TYPE_AT = 14;
  private static final int DIGEST_LENGTH = 16;
  private static final int PASSWORD_LENGTH = 8;

  /** What {@link #trailerLength} is at most. */
  static final int LONGEST_TRAILER = DIGEST_LENGTH;

  /** Whether a packet may be believed. */
  public sealed interface Verdict {
    /** The sequence number is 0 unless the authentication is cryptographic. */
    record Accepted(long sequenceNumber) implements Verdict {}

    /** The cause is a fixed phrase, to be counted by. */
    record Rejected(String cause) implements Verdict {}
  }

  private PacketAuthentication() {}

  /** Octets that signing adds behind the packet, to be left free in the MTU. */
  public static int trailerLength(OspfAuthentication authentication) {
    return authentication instanceof OspfAuthentication.Md5 ? DIGEST_LENGTH : 0;
  }

  /** The key in use at an instant: of those that have started, the last; else the first. */
  public static Md5Key activeKey(List<Md5Key> keys, Instant now) {
    Md5Key active = keys.getFirst();
    for (Md5Key key : keys) {
      active = key.start().isAfter(now) ? active : key;
    }
    return active;
  }

  /** Completes an encoded packet with checksum and authentication. */
  public static Octets sign(byte[] packet, OspfAuthentication authentication, Instant now) {
    return switch (authentication) {
      case OspfAuthentication.None none -> {
        putU16(packet, AUTH_TYPE_AT, TYPE_NULL);
        putU16(packet, RawPacket.CHECKSUM_AT, checksum(packet, packet.length));
        yield Octets.wrap(packet);
      }
      case OspfAuthentication.SimplePassword(Secret password) -> {
        putU16(packet, AUTH_TYPE_AT, TYPE_SIMPLE);
        putU16(packet, RawPacket.CHECKSUM_AT, checksum(packet, packet.length));
        byte[] padded = padded(password, PASSWORD_LENGTH);
        System.arraycopy(padded, 0, packet, RawPacket.AUTHENTICATION_AT, PASSWORD_LENGTH);
        yield Octets.wrap(packet);
      }
      case OspfAuthentication.Md5(List<Md5Key> keys) -> {
        Md5Key key = activeKey(keys, now);
        putU16(packet, AUTH_TYPE_AT, TYPE_CRYPTOGRAPHIC);
        putU16(packet, RawPacket.AUTHENTICATION_AT, 0);
        packet[RawPacket.AUTHENTICATION_AT + 2] = (byte) key.id();
        packet[RawPacket.AUTHENTICATION_AT + 3] = DIGEST_LENGTH;
        // RFC 2328 §D.3: non-decreasing. Seconds of the epoch stay so across a restart.
        int sequence = (int) now.getEpochSecond();
        putU16(packet, RawPacket.AUTHENTICATION_AT + 4, sequence >>> 16);
        putU16(packet, RawPacket.AUTHENTICATION_AT + 6, sequence);
        byte[] signed = Arrays.copyOf(packet, packet.length + DIGEST_LENGTH);
        System.arraycopy(
            digest(packet, packet.length, key.key()), 0, signed, packet.length, DIGEST_LENGTH);
        yield Octets.wrap(signed);
      }
    };
  }

  /**
   * Checks checksum and authentication.
   *
   * @param leastSequence the last sequence number accepted from this neighbor, 0 if none
   */
  public static Verdict verify(
      RawPacket packet, OspfAuthentication authentication, long leastSequence) {
    byte[] octets = packet.octets().toByteArray();
    return switch (authentication) {
      case OspfAuthentication.None none ->
          packet.authType() != TYPE_NULL
              ? new Verdict.Rejected("authentication type mismatches")
              : plain(packet, octets);
      case OspfAuthentication.SimplePassword(Secret password) -> {
        if (packet.authType() != TYPE_SIMPLE) {
          yield new Verdict.Rejected("authentication type mismatches");
        }
        byte[] received =
            Arrays.copyOfRange(
                octets, RawPacket.AUTHENTICATION_AT, RawPacket.AUTHENTICATION_AT + PASSWORD_LENGTH);
        yield MessageDigest.isEqual(received, padded(password, PASSWORD_LENGTH))
            ? plain(packet, octets)
            : new Verdict.Rejected("authentication failures");
      }
      case OspfAuthentication.Md5(List<Md5Key> keys) ->
          packet.authType() != TYPE_CRYPTOGRAPHIC
              ? new Verdict.Rejected("authentication type mismatches")
              : cryptographic(packet, octets, keys, leastSequence);
    };
  }

  private static Verdict plain(RawPacket packet, byte[] octets) {
    int received = octets[RawPacket.CHECKSUM_AT] << 8 & 0xFF00;
    received |= octets[RawPacket.CHECKSUM_AT + 1] & 0xFF;
    putU16(octets, RawPacket.CHECKSUM_AT, 0);
    return received == checksum(octets, packet.length())
        ? new Verdict.Accepted(0)
        : new Verdict.Rejected("checksum failures");
  }

  private static Verdict cryptographic(
      RawPacket packet, byte[] octets, List<Md5Key> keys, long leastSequence) {
    WireReader in =
        packet.octets().slice(RawPacket.AUTHENTICATION_AT, RawPacket.HEADER_LENGTH).reader();
    in.u16("0");
    int keyId = in.u8("Key ID");
    int digestLength = in.u8("Auth Data Len");
    long sequence = in.u32Long("Cryptographic sequence number");
    if (digestLength != DIGEST_LENGTH || octets.length < packet.length() + DIGEST_LENGTH) {
      return new Verdict.Rejected("authentication failures");
    }
    byte[] received = Arrays.copyOfRange(octets, packet.length(), packet.length() + DIGEST_LENGTH);
    for (Md5Key key : keys) {
      if (key.id() == keyId) {
        if (!MessageDigest.isEqual(received, digest(octets, packet.length(), key.key()))) {
          return new Verdict.Rejected("authentication failures");
        }
        return sequence < leastSequence
            ? new Verdict.Rejected("authentication replays")
            : new Verdict.Accepted(sequence);
      }
    }
    return new Verdict.Rejected("authentication key id mismatches");
  }

  /** RFC 2328 §D.4: over everything but the 64-bit authentication field. */
  private static int checksum(byte[] packet, int length) {
    long sum =
        InternetChecksum.sum(packet, 0, RawPacket.AUTHENTICATION_AT)
            + InternetChecksum.sum(packet, RawPacket.HEADER_LENGTH, length);
    return InternetChecksum.fold(sum);
  }

  private static byte[] digest(byte[] packet, int length, Secret key) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(packet, 0, length);
      byte[] padded = padded(key, DIGEST_LENGTH);
      md5.update(padded);
      Arrays.fill(padded, (byte) 0);
      return md5.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  private static byte[] padded(Secret secret, int length) {
    byte[] clear = secret.reveal();
    byte[] padded = Arrays.copyOf(clear, length);
    Arrays.fill(clear, (byte) 0);
    return padded;
  }

  private static void putU16(byte[] packet, int at, int value) {
    packet[at] = (byte) (value >>> 8);
    packet[at + 1] = (byte) value;
  }
}
