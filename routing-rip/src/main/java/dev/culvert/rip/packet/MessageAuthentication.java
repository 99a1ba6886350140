package dev.culvert.rip.packet;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Signs and verifies whole messages of RIP version 2 (RFC 2453 §4.1, RFC 4822). Stateless. */
public final class MessageAuthentication {
  private static final int PASSWORD_LENGTH = 16;
  private static final int PASSWORD_AT = RipMessage.HEADER_LENGTH + 4;

  /** In front of the digest: the authentication family, and the word 1. */
  private static final int TRAILER_HEADER = 4;

  /** RFC 4822 §2.5: what stands in the place of the digest while it is computed. */
  private static final int APAD = 0x878FE1F3;

  private static final int IPAD = 0x36;
  private static final int OPAD = 0x5C;

  /** Whether a message may be believed. */
  public sealed interface Verdict {
    /** The sequence number is 0 unless the authentication is cryptographic. */
    record Accepted(long sequenceNumber) implements Verdict {}

    /** The cause is a fixed phrase, to be counted by. */
    record Rejected(String cause) implements Verdict {}
  }

  private MessageAuthentication() {}

  /** Octets that authentication takes from the entries of a message. */
  public static int overhead(RipAuthentication authentication) {
    return switch (authentication) {
      case RipAuthentication.None none -> 0;
      case RipAuthentication.SimplePassword password -> RipMessage.ENTRY_LENGTH;
      case RipAuthentication.Cryptographic c ->
          RipMessage.ENTRY_LENGTH + TRAILER_HEADER + c.algorithm().digestLength();
    };
  }

  /** The datagram of a message of RIP, complete. */
  public static Octets sign(RipMessage message, RipAuthentication authentication, Instant now) {
    return switch (authentication) {
      case RipAuthentication.None none -> message.encode(RipFlavor.RIP);
      case RipAuthentication.SimplePassword(Secret password) -> {
        WireWriter out = new WireWriter();
        message.writeHeader(out);
        out.u16(RipMessage.AUTHENTICATION_FAMILY).u16(RipMessage.TYPE_PASSWORD);
        out.octets(padded(password, PASSWORD_LENGTH));
        message.writeEntries(RipFlavor.RIP, out);
        yield out.toOctets();
      }
      case RipAuthentication.Cryptographic cryptographic -> signed(message, cryptographic, now);
    };
  }

  private static Octets signed(
      RipMessage message, RipAuthentication.Cryptographic authentication, Instant now) {
    RipAuthentication.Key key = RipAuthentication.activeKey(authentication.keys(), now);
    RipAlgorithm algorithm = authentication.algorithm();
    WireWriter out = new WireWriter();
    message.writeHeader(out);
    out.u16(RipMessage.AUTHENTICATION_FAMILY).u16(RipMessage.TYPE_CRYPTOGRAPHIC);
    int length =
        RipMessage.HEADER_LENGTH + RipMessage.ENTRY_LENGTH * (1 + message.entries().size());
    out.u16(length).u8(key.id()).u8(algorithm.digestLength());
    // RFC 4822 §2.2: non-decreasing. Seconds of the epoch stay so across a restart.
    out.u32((int) now.getEpochSecond()).zeros(8);
    message.writeEntries(RipFlavor.RIP, out);
    out.u16(RipMessage.AUTHENTICATION_FAMILY).u16(1);
    byte[] clear = out.toByteArray();
    byte[] datagram = Arrays.copyOf(clear, clear.length + algorithm.digestLength());
    byte[] digest = digest(clear, clear.length, algorithm, key.secret());
    System.arraycopy(digest, 0, datagram, clear.length, digest.length);
    return Octets.wrap(datagram);
  }

  /**
   * Checks what a message says of itself.
   *
   * @param message what {@code datagram} was decoded to
   * @param leastSequence the last sequence number accepted from this neighbor, 0 if none
   */
  public static Verdict verify(
      RipMessage message, Octets datagram, RipAuthentication authentication, long leastSequence) {
    return switch (authentication) {
      // RFC 2453 §5.2: a router without authentication discards authenticated messages.
      case RipAuthentication.None none ->
          message.authentication() instanceof AuthenticationEntry.Absent
              ? new Verdict.Accepted(0)
              : new Verdict.Rejected("authentication type mismatches");
      case RipAuthentication.SimplePassword(Secret password) ->
          message.authentication() instanceof AuthenticationEntry.SimplePassword
              ? simple(datagram, password)
              : new Verdict.Rejected("authentication type mismatches");
      case RipAuthentication.Cryptographic configured ->
          message.authentication() instanceof AuthenticationEntry.Cryptographic said
              ? cryptographic(datagram, said, configured, leastSequence)
              : new Verdict.Rejected("authentication type mismatches");
    };
  }

  private static Verdict simple(Octets datagram, Secret password) {
    byte[] received = datagram.slice(PASSWORD_AT, PASSWORD_AT + PASSWORD_LENGTH).toByteArray();
    return MessageDigest.isEqual(received, padded(password, PASSWORD_LENGTH))
        ? new Verdict.Accepted(0)
        : new Verdict.Rejected("authentication failures");
  }

  private static Verdict cryptographic(
      Octets datagram,
      AuthenticationEntry.Cryptographic said,
      RipAuthentication.Cryptographic configured,
      long leastSequence) {
    int digestLength = configured.algorithm().digestLength();
    int digestAt = said.packetLength() + TRAILER_HEADER;
    // Some count the four octets in front of the digest, as RFC 2082 can be read.
    boolean lengthFits =
        said.dataLength() == digestLength || said.dataLength() == digestLength + TRAILER_HEADER;
    if (!lengthFits || datagram.length() != digestAt + digestLength) {
      return new Verdict.Rejected("authentication failures");
    }
    RipAuthentication.Key key = key(configured, said.keyId());
    if (key == null) {
      return new Verdict.Rejected("authentication key id mismatches");
    }
    byte[] received = datagram.slice(digestAt, digestAt + digestLength).toByteArray();
    byte[] expected =
        digest(datagram.toByteArray(), digestAt, configured.algorithm(), key.secret());
    if (!MessageDigest.isEqual(received, expected)) {
      return new Verdict.Rejected("authentication failures");
    }
    return said.sequenceNumber() < leastSequence
        ? new Verdict.Rejected("authentication replays")
        : new Verdict.Accepted(said.sequenceNumber());
  }

  private static RipAuthentication.@Nullable Key key(
      RipAuthentication.Cryptographic configured, int id) {
    for (RipAuthentication.Key key : configured.keys()) {
      if (configured.anyKeyId() || key.id() == id) {
        return key;
      }
    }
    return null;
  }

  private static byte[] digest(byte[] octets, int length, RipAlgorithm algorithm, Secret secret) {
    MessageDigest digest = algorithm(algorithm);
    if (algorithm == RipAlgorithm.MD5) {
      // RFC 2082 §3.2.1: the key takes the place of the digest.
      digest.update(octets, 0, length);
      byte[] key = padded(secret, algorithm.digestLength());
      digest.update(key);
      Arrays.fill(key, (byte) 0);
      return digest.digest();
    }
    return hmac(digest, octets, length, algorithm, secret);
  }

  /** RFC 4822 §2.5; a key is longer than the digest, not than the block, when it is hashed. */
  private static byte[] hmac(
      MessageDigest digest, byte[] octets, int length, RipAlgorithm algorithm, Secret secret) {
    byte[] clear = secret.reveal();
    byte[] shortened = clear.length > algorithm.digestLength() ? digest.digest(clear) : clear;
    byte[] pad = Arrays.copyOf(shortened, algorithm.blockLength());
    Arrays.fill(clear, (byte) 0);
    Arrays.fill(shortened, (byte) 0);
    exclusiveOr(pad, IPAD);
    digest.update(pad);
    digest.update(octets, 0, length);
    WireWriter placeholder = new WireWriter();
    for (int i = 0; i < algorithm.digestLength(); i += Integer.BYTES) {
      placeholder.u32(APAD);
    }
    byte[] inner = digest.digest(placeholder.toByteArray());
    exclusiveOr(pad, IPAD ^ OPAD);
    digest.update(pad);
    Arrays.fill(pad, (byte) 0);
    return digest.digest(inner);
  }

  private static void exclusiveOr(byte[] octets, int with) {
    for (int i = 0; i < octets.length; i++) {
      octets[i] ^= (byte) with;
    }
  }

  private static MessageDigest algorithm(RipAlgorithm algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.digestName());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm.digestName(), e);
    }
  }

  private static byte[] padded(Secret secret, int length) {
    byte[] clear = secret.reveal();
    byte[] padded = Arrays.copyOf(clear, length);
    Arrays.fill(clear, (byte) 0);
    return padded;
  }
}
