package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.random.RandomGenerator;

/** NAT detection (RFC 7296 §2.23): each side sends hashes of the addresses it sees. Pure. */
public final class NatDetection {
  public static final int PORT = 4500;

  private static final int HASH_LENGTH = 20;

  private NatDetection() {}

  /** What the peer's hashes say; neither if it sent none. */
  public record Finding(boolean supported, boolean localBehindNat, boolean remoteBehindNat) {}

  /**
   * Our two notifications.
   *
   * @param pretend a source hash that fits nothing, so that the peer sees a NAT in front of us and
   *     encapsulates
   */
  public static List<Payload> payloads(
      long initiatorSpi,
      long responderSpi,
      Endpoint local,
      Endpoint remote,
      boolean pretend,
      RandomGenerator random) {
    Octets source = hash(initiatorSpi, responderSpi, local);
    if (pretend) {
      byte[] nobody = new byte[HASH_LENGTH];
      random.nextBytes(nobody);
      source = Octets.wrap(nobody);
    }
    Octets destination = hash(initiatorSpi, responderSpi, remote);
    return List.of(
        Payload.Notify.of(NotifyType.NAT_DETECTION_SOURCE_IP, source),
        Payload.Notify.of(NotifyType.NAT_DETECTION_DESTINATION_IP, destination));
  }

  public static Finding find(
      long initiatorSpi,
      long responderSpi,
      Endpoint local,
      Endpoint remote,
      List<Payload> received) {
    Octets seenRemote = hash(initiatorSpi, responderSpi, remote);
    Octets seenLocal = hash(initiatorSpi, responderSpi, local);
    boolean anySource = false;
    boolean sourceMatches = false;
    boolean anyDestination = false;
    boolean destinationMatches = false;
    for (Payload payload : received) {
      if (payload instanceof Payload.Notify n && n.is(NotifyType.NAT_DETECTION_SOURCE_IP)) {
        anySource = true;
        // A peer with several addresses sends a hash for each; one has to match.
        sourceMatches |= n.data().equals(seenRemote);
      } else if (payload instanceof Payload.Notify n
          && n.is(NotifyType.NAT_DETECTION_DESTINATION_IP)) {
        anyDestination = true;
        destinationMatches |= n.data().equals(seenLocal);
      }
    }
    return new Finding(
        anySource && anyDestination,
        anyDestination && !destinationMatches,
        anySource && !sourceMatches);
  }

  private static Octets hash(long initiatorSpi, long responderSpi, Endpoint endpoint) {
    byte[] input =
        new WireWriter()
            .u64(initiatorSpi)
            .u64(responderSpi)
            .address(endpoint.address())
            .u16(endpoint.port())
            .toByteArray();
    try {
      return Octets.wrap(MessageDigest.getInstance("SHA-1").digest(input));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK lacks SHA-1", e);
    }
  }
}
