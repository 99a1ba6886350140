package dev.culvert.ipsec.ike.message;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one who sees two of its peers talk through it tells each of them (RFC 7018 §4.1): who the
 * other is, where it is, and what the two need to trust each other.
 *
 * <pre>
 *   SHORTCUT_SUGGESTION notification data
 *   +---------+---------+-------------------+
 *   | version |  flags  | valid for seconds |
 *   +---------+---------+-------------------+
 *   | identifier, 8 octets                  |
 *   | secret, 32 octets                     |
 *   +---------+-------------------+---------+
 *   | 4 or 6  | the partner's outer address,  of 4 or of 16 octets
 *   | the partner's outer port    |
 *   | length  | who you are on the shortcut
 *   | length  | who the partner is on it
 *   | count   | prefixes on your side
 *   | count   | prefixes on the partner's side
 *
 *   Prefix
 *   +--------+--------+--------------------------------+
 *   | 4 or 6 | length | network, of 4 or of 16 octets  |
 *   +--------+--------+--------------------------------+
 * </pre>
 *
 * <p>The lowest flag says that you begin; others are zero and not looked at.
 *
 * @param identifier of the shortcut, the same on both sides
 * @param secret of 32 octets, shared by the two for this shortcut alone; it has no text form
 * @param begins false: the partner does, and can reach us
 * @param validFor for which the secret is good
 * @param partner where the one who suggests sees the partner
 */
public record ShortcutSuggestion(
    Octets identifier,
    Secret secret,
    boolean begins,
    Duration validFor,
    Endpoint partner,
    String ownName,
    String partnerName,
    List<IpPrefix> own,
    List<IpPrefix> beyond) {
  public static final int VERSION = 1;
  public static final int IDENTIFIER_LENGTH = 8;
  public static final int SECRET_LENGTH = 32;

  /** On one side. */
  public static final int MOST_PREFIXES = 16;

  /** Octets of the name of either. */
  public static final int LONGEST_NAME = 255;

  public static final Duration LONGEST_VALIDITY = Duration.ofMinutes(5);

  private static final int BEGINS = 1;
  private static final int INET = 4;
  private static final int INET6 = 6;

  public ShortcutSuggestion {
    own = List.copyOf(own);
    beyond = List.copyOf(beyond);
  }

  public static Decoded<ShortcutSuggestion> decode(Octets data) {
    WireReader in = data.reader();
    in.require(in.u8("version") == VERSION, "version", "is unknown");
    int flags = in.u8("flags");
    int seconds = in.u16("validity");
    in.require(seconds > 0 && seconds <= LONGEST_VALIDITY.toSeconds(), "validity", "out of range");
    Octets identifier = in.octets(IDENTIFIER_LENGTH, "identifier");
    Octets secret = in.octets(SECRET_LENGTH, "secret");
    IpAddress address = address(in, in.u8("family"), "partner's address");
    in.require(isHost(address), "partner's address", "is none of a host");
    int port = in.u16("partner's port");
    in.require(port != 0, "partner's port", "is zero");
    String ownName = name(in, "own name");
    String partnerName = name(in, "partner's name");
    List<IpPrefix> own = prefixes(in, "own prefixes");
    List<IpPrefix> beyond = prefixes(in, "partner's prefixes");
    in.require(in.remaining() == 0, "suggestion", "has octets behind it");
    return in.finish(() ->
        new ShortcutSuggestion(
            identifier,
            Secret.copyOf(secret.toByteArray()),
            (flags & BEGINS) != 0,
            Duration.ofSeconds(seconds),
            new Endpoint(address, port),
            ownName,
            partnerName,
            own,
            beyond));
  }

  private static IpAddress address(WireReader in, int family, String field) {
    in.require(family == INET || family == INET6, field, "is of an unknown family");
    return family == INET6 ? in.ipv6(field) : in.ipv4(field);
  }

  private static boolean isHost(IpAddress address) {
    return !address.isUnspecified() && !address.isMulticast() && !address.isLoopback();
  }

  private static String name(WireReader in, String field) {
    int length = in.u8(field);
    in.require(length > 0, field, "is empty");
    Octets octets = in.octets(length, field);
    String name = new String(octets.toByteArray(), StandardCharsets.US_ASCII);
    in.require(name.chars().allMatch(c -> c > ' ' && c < 0x7F), field, "is no name");
    return name;
  }

  private static List<IpPrefix> prefixes(WireReader in, String field) {
    int count = in.u8(field);
    in.require(count > 0 && count <= MOST_PREFIXES, field, "are none or too many");
    List<IpPrefix> prefixes = new ArrayList<>();
    for (int i = 0; i < count && !in.isPoisoned(); i++) {
      int family = in.u8(field);
      int length = in.u8(field);
      IpAddress network = address(in, family, field);
      // Everything is no destination of its own: it would take what is for others.
      boolean isInRange = length > 0 && length <= network.family().bits();
      in.require(isInRange, field, "have a length out of range");
      in.require(isHost(network), field, "are no prefixes of hosts");
      if (isInRange) {
        prefixes.add(IpPrefix.of(network, length));
      }
    }
    return prefixes;
  }

  public Octets encode() {
    WireWriter out = new WireWriter();
    out.u8(VERSION).u8(begins ? BEGINS : 0).u16((int) validFor.toSeconds());
    out.octets(identifier).octets(secret.reveal());
    out.u8(family(partner.address())).address(partner.address()).u16(partner.port());
    for (String name : List.of(ownName, partnerName)) {
      byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
      out.u8(octets.length).octets(octets);
    }
    for (List<IpPrefix> side : List.of(own, beyond)) {
      out.u8(side.size());
      for (IpPrefix prefix : side) {
        out.u8(family(prefix.network())).u8(prefix.length()).address(prefix.network());
      }
    }
    return out.toOctets();
  }

  private static int family(IpAddress address) {
    return address.family().bits() == Integer.SIZE ? INET : INET6;
  }
}
