package dev.culvert.ipsec.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Secret;
import java.util.List;

/**
 * A pair of ESP security associations as IKE hands it to the data path (RFC 7296 §2.17). Immutable;
 * the keys have no text form, and are erased by the data path when the pair is removed.
 *
 * <p>A unit has any number of peers, a peer any number of child policies, a policy a pair a queue:
 * the pair of one peer, policy and queue takes the place of another.
 *
 * @param tunnel the {@code st0.N} unit it serves
 * @param peer the number that IKE gives the tunnel to one peer, unique in the process
 * @param policy which of the peer's child policies it carries, from 0
 * @param inboundSpi chosen by us, unique among all inbound SAs of this router
 * @param inboundKey KEYMAT of {@link EspAlgorithm#keyMaterialLength} octets; likewise outboundKey
 * @param local our outer address and port (4500 or 500; the port is unused for native ESP)
 * @param remote the peer's; it follows authenticated packets when a NAT rebinds
 * @param udpEncapsulated ESP in UDP (RFC 3948) rather than IP protocol 50
 * @param replayWindow in packets, 64 to 8192; 0 turns replay protection off
 * @param extendedSequenceNumbers RFC 4304
 * @param lifetime of each direction, in octets and packets
 * @param path what it is to those that look for shorter ways
 */
public record ChildSa(
    InterfaceName tunnel,
    String vpnName,
    int peer,
    int policy,
    Spi inboundSpi,
    Spi outboundSpi,
    EspAlgorithm algorithm,
    Secret inboundKey,
    Secret outboundKey,
    Endpoint local,
    Endpoint remote,
    boolean udpEncapsulated,
    int replayWindow,
    boolean extendedSequenceNumbers,
    SaLifetime lifetime,
    DfBit dfBit,
    List<TrafficSelector> localSelectors,
    List<TrafficSelector> remoteSelectors,
    Path path) {

  /** Of the packets of a pair. */
  public enum Path {
    /** Nobody asks. */
    PLAIN,
    /** Packets that come by one such pair and leave by that of another peer are told of. */
    WATCHED,
    /** It takes what it admits from others of its peer, as it leads there by a shorter way. */
    SHORTCUT
  }

  /** What the outer header's DF bit is made of: {@code df-bit (clear | set | copy)}. */
  public enum DfBit {
    CLEAR,
    SET,
    COPY
  }

  public ChildSa {
    localSelectors = List.copyOf(localSelectors);
    remoteSelectors = List.copyOf(remoteSelectors);
  }

  /** A pair on a path of which nobody asks for more. */
  public ChildSa(
      InterfaceName tunnel,
      String vpnName,
      int peer,
      int policy,
      Spi inboundSpi,
      Spi outboundSpi,
      EspAlgorithm algorithm,
      Secret inboundKey,
      Secret outboundKey,
      Endpoint local,
      Endpoint remote,
      boolean udpEncapsulated,
      int replayWindow,
      boolean extendedSequenceNumbers,
      SaLifetime lifetime,
      DfBit dfBit,
      List<TrafficSelector> localSelectors,
      List<TrafficSelector> remoteSelectors) {
    this(
        tunnel,
        vpnName,
        peer,
        policy,
        inboundSpi,
        outboundSpi,
        algorithm,
        inboundKey,
        outboundKey,
        local,
        remote,
        udpEncapsulated,
        replayWindow,
        extendedSequenceNumbers,
        lifetime,
        dfBit,
        localSelectors,
        remoteSelectors,
        Path.PLAIN);
  }

  /** A pair of the only policy of its unit's only peer. */
  public ChildSa(
      InterfaceName tunnel,
      String vpnName,
      Spi inboundSpi,
      Spi outboundSpi,
      EspAlgorithm algorithm,
      Secret inboundKey,
      Secret outboundKey,
      Endpoint local,
      Endpoint remote,
      boolean udpEncapsulated,
      int replayWindow,
      boolean extendedSequenceNumbers,
      SaLifetime lifetime,
      DfBit dfBit,
      List<TrafficSelector> localSelectors,
      List<TrafficSelector> remoteSelectors) {
    this(
        tunnel,
        vpnName,
        0,
        0,
        inboundSpi,
        outboundSpi,
        algorithm,
        inboundKey,
        outboundKey,
        local,
        remote,
        udpEncapsulated,
        replayWindow,
        extendedSequenceNumbers,
        lifetime,
        dfBit,
        localSelectors,
        remoteSelectors);
  }

  /** The pair has ended. */
  public void erase() {
    inboundKey.erase();
    outboundKey.erase();
  }
}
