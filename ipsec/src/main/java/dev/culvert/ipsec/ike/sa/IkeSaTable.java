package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeIdentity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The IKE SAs, found by whatever a message names them by, and counted where strangers can make
 * them; what has changed of them is told to those who receive for the engine .
 */
public final class IkeSaTable {
  /** By what an initiator is told from others before it knows our SPI. */
  private record Initiator(long spi, IpAddress address) implements Comparable<Initiator> {
    @Override
    public int compareTo(Initiator other) {
      int bySpi = Long.compare(spi, other.spi);
      return bySpi != 0 ? bySpi : address.compareTo(other.address);
    }
  }

  private int nextIndex = 1;
  private final SortedMap<Long, IkeSa> bySpi = new TreeMap<>();
  private final SortedMap<Long, IkeSa> readOnly = Collections.unmodifiableSortedMap(bySpi);

  /**
   * Those that peers have begun by IKE_SA_INIT, of several requests with one SPI in their order.
   */
  private final Map<Initiator, List<IkeSa>> begunByPeer = new TreeMap<>();

  private final HalfOpenTable halfOpen = new HalfOpenTable();

  /** What our rekeys have named, with the IKE SA that was to be replaced, while that is there. */
  private final Map<Long, IkeSa> promised = new TreeMap<>();

  /** Where the established ones' peers are, by our own SPI and the other way round. */
  private final Map<Long, IpAddress> addresses = new TreeMap<>();

  private final Map<IpAddress, List<IkeSa>> establishedWith = new TreeMap<>();

  /** Those that we have said on who we are. Looked up only. */
  private final Map<IdentityPair, SortedMap<Long, IkeSa>> between = new HashMap<>();

  private final SequencedSet<IkeSa> changed = new LinkedHashSet<>();

  /** All of them by our own SPI, for reading. */
  public SortedMap<Long, IkeSa> all() {
    return readOnly;
  }

  public @Nullable IkeSa get(long localSpi) {
    return bySpi.get(localSpi);
  }

  /** It has not ended. */
  public boolean holds(IkeSa ike) {
    return bySpi.get(ike.localSpi) == ike;
  }

  /** Those of that VPN at the moment, by our own SPI. */
  public static List<IkeSa> of(Vpn vpn) {
    return List.copyOf(vpn.ikeSas.values());
  }

  /** The IKE SA that new child SAs belong to: the owner of the pair in use, or the youngest. */
  public static Optional<IkeSa> current(Vpn vpn) {
    ChildPair leading = vpn.leading();
    if (leading != null && leading.owner.isEstablished()) {
      return Optional.of(leading.owner);
    }
    return vpn.ikeSas.values().stream()
        .filter(IkeSa::isEstablished)
        .max(Comparator.comparingInt(i -> i.index));
  }

  /** Those between these two, by our own SPI, of which we have said who we are. */
  public Collection<IkeSa> between(IdentityPair identities) {
    return between.getOrDefault(identities, Collections.emptySortedMap()).values();
  }

  public IkeSa create(
      boolean initiator,
      long localSpi,
      Endpoint local,
      Endpoint remote,
      @Nullable Vpn vpn,
      Instant now) {
    IkeSa ike = new IkeSa(nextIndex++, initiator, localSpi, local, remote, now);
    bySpi.put(localSpi, ike);
    changed.add(ike);
    assign(ike, vpn);
    return ike;
  }

  /**
   * It is of that VPN from here on.
   *
   * @param vpn null: of none
   */
  public void assign(IkeSa ike, @Nullable Vpn vpn) {
    if (ike.vpn != null) {
      ike.vpn.ikeSas.remove(ike.localSpi);
    }
    ike.vpn = vpn;
    if (vpn != null && holds(ike)) {
      vpn.ikeSas.put(ike.localSpi, ike);
    }
    identified(ike);
  }

  /** We have said who we are, or the peer has. */
  public void identify(IkeSa ike, @Nullable IkeIdentity local, @Nullable IkeIdentity remote) {
    ike.localIdentity = local;
    ike.remoteIdentity = remote;
    identified(ike);
  }

  private void identified(IkeSa ike) {
    IdentityPair former = ike.knownBetween;
    IdentityPair identities =
        ike.localIdentity == null || !holds(ike) ? null : IdentityPair.of(ike);
    if (Objects.equals(former, identities)) {
      return;
    }
    if (former != null) {
      between.computeIfPresent(
          former,
          (key, ikeSas) -> {
            ikeSas.remove(ike.localSpi);
            return ikeSas.isEmpty() ? null : ikeSas;
          });
    }
    ike.knownBetween = identities;
    if (identities != null) {
      between.computeIfAbsent(identities, key -> new TreeMap<>()).put(ike.localSpi, ike);
    }
  }

  /**
   * The peer has begun it by IKE_SA_INIT.
   *
   * @param proven it had returned a cookie
   * @param expected and a gateway is configured with its address
   */
  public void begunByPeer(IkeSa ike, boolean proven, boolean expected) {
    begunByPeer.computeIfAbsent(initiator(ike), key -> new ArrayList<>()).add(ike);
    halfOpen.add(ike.localSpi, ike.remote.address(), proven, expected);
    changed.add(ike);
  }

  /**
   * A rekey of ours has named that SPI to the peer, who may speak on the IKE SA that it makes of it
   * before we have its response.
   */
  public void promise(IkeSa rekeyed, long spi) {
    promised.put(spi, rekeyed);
    rekeyed.promisedSpis.add(spi);
  }

  /** There is, or may soon be, an IKE SA of that SPI of ours. */
  public boolean mayBeInUse(long spi) {
    return bySpi.containsKey(spi) || promised.containsKey(spi);
  }

  /** The key it is kept under: a peer that moves later has the address it began at. */
  private static Initiator initiator(IkeSa ike) {
    return new Initiator(ike.remoteSpi, ike.begunAt.address());
  }

  public void established(IkeSa ike) {
    halfOpen.remove(ike.localSpi);
    moved(ike);
    changed.add(ike);
  }

  /** Its peer's SPI is known from here on. */
  public void learned(IkeSa ike) {
    changed.add(ike);
  }

  /** Its peer is elsewhere. */
  public void moved(IkeSa ike) {
    noLongerThere(ike);
    addresses.put(ike.localSpi, ike.remote.address());
    establishedWith.computeIfAbsent(ike.remote.address(), key -> new ArrayList<>()).add(ike);
  }

  public void remove(IkeSa ike) {
    bySpi.remove(ike.localSpi);
    if (ike.vpn != null) {
      ike.vpn.ikeSas.remove(ike.localSpi);
    }
    identified(ike);
    halfOpen.remove(ike.localSpi);
    noLongerThere(ike);
    removeFrom(begunByPeer, initiator(ike), ike);
    promised.keySet().removeAll(ike.promisedSpis);
    changed.add(ike);
  }

  private void noLongerThere(IkeSa ike) {
    IpAddress address = addresses.remove(ike.localSpi);
    if (address != null) {
      removeFrom(establishedWith, address, ike);
    }
  }

  private static <K> void removeFrom(Map<K, List<IkeSa>> lists, K key, IkeSa ike) {
    lists.computeIfPresent(
        key,
        (k, list) -> {
          list.remove(ike);
          return list.isEmpty() ? null : list;
        });
  }

  /**
   * The IKE SA that an IKE_SA_INIT request has begun before, if it has. SPI and address alone do
   * not tell (RFC 7296 §2.1); octet by octet it has to be the same.
   *
   * @param attempt the request without its cookie
   */
  public @Nullable IkeSa begunBy(long initiatorSpi, IpAddress address, Octets attempt) {
    return begunByPeer.getOrDefault(new Initiator(initiatorSpi, address), List.of()).stream()
        .filter(ike -> ike.initAttempt.equals(attempt))
        .findFirst()
        .orElse(null);
  }

  /** The youngest that is established with a peer there. */
  public @Nullable IkeSa establishedWith(IpAddress address) {
    return establishedWith.getOrDefault(address, List.of()).reversed().stream()
        .filter(IkeSa::isEstablished)
        .findFirst()
        .orElse(null);
  }

  /** Those that failed to authenticate cost as much, and stay as long. */
  public HalfOpenTable halfOpen() {
    return halfOpen;
  }

  public boolean isHalfOpen(IkeSa ike) {
    return halfOpen.contains(ike.localSpi);
  }

  /** The next that has come, has gone or is known better since it was asked for last; or null. */
  public @Nullable IkeSa pollChanged() {
    return changed.isEmpty() ? null : changed.removeFirst();
  }
}
