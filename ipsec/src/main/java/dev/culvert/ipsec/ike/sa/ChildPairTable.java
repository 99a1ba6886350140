package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The SA pairs by our inbound SPI; each VPN and each IKE SA has its own beside, so that none of
 * them has to be looked for among all.
 */
public final class ChildPairTable {
  /** Tests of faults take pairs out of it. */
  public final SortedMap<Spi, ChildPair> byInboundSpi = new TreeMap<>();

  /** Peers choose these, each for itself: several may be alike. */
  private final Map<Spi, List<ChildPair>> byOutboundSpi = new TreeMap<>();

  private final SortedMap<Spi, ChildPair> readOnly =
      Collections.unmodifiableSortedMap(byInboundSpi);

  /** All of them, for reading. */
  public SortedMap<Spi, ChildPair> all() {
    return readOnly;
  }

  public @Nullable ChildPair get(Spi inboundSpi) {
    return byInboundSpi.get(inboundSpi);
  }

  /** The one whose outbound SA has that SPI, toward a peer at that address. */
  public @Nullable ChildPair sentOn(Spi outboundSpi, IpAddress peer) {
    return byOutboundSpi.getOrDefault(outboundSpi, List.of()).stream()
        .filter(pair -> pair.owner.remote.address().equals(peer))
        .findFirst()
        .orElse(null);
  }

  /** The pairs of an IKE SA at the moment. */
  public static List<ChildPair> of(IkeSa ike) {
    return List.copyOf(ike.pairs.values());
  }

  public void add(ChildPair pair) {
    pair.vpn.pairs.add(pair);
    pair.policy.pairs.add(pair);
    pair.owner.pairs.put(pair.inboundSpi(), pair);
    byInboundSpi.put(pair.inboundSpi(), pair);
    byOutboundSpi.computeIfAbsent(pair.sa.outboundSpi(), spi -> new ArrayList<>()).add(pair);
  }

  public void remove(ChildPair pair) {
    pair.vpn.pairs.remove(pair);
    pair.policy.pairs.remove(pair);
    pair.owner.pairs.remove(pair.inboundSpi());
    byInboundSpi.remove(pair.inboundSpi());
    byOutboundSpi.computeIfPresent(
        pair.sa.outboundSpi(),
        (spi, list) -> {
          list.remove(pair);
          return list.isEmpty() ? null : list;
        });
  }

  /** A pair belongs to another IKE SA from here on. */
  public static void hand(ChildPair pair, IkeSa to) {
    pair.owner.pairs.remove(pair.inboundSpi());
    pair.owner = to;
    to.pairs.put(pair.inboundSpi(), pair);
  }

  /** The pairs of an IKE SA belong to the one that a rekey has put in its place. */
  public static void inherit(IkeSa from, IkeSa to) {
    of(from).forEach(pair -> hand(pair, to));
  }
}
