package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** Which of the traffic that one side offers the other allows (RFC 7296 §2.9). Pure. */
public final class Selectors {
  private Selectors() {}

  /** What a peer offers, from our point of view. */
  public record Offer(List<TrafficSelector> local, List<TrafficSelector> remote) {
    public Offer {
      local = wellFormed(local);
      remote = wellFormed(remote);
    }

    private static List<TrafficSelector> wellFormed(List<TrafficSelector> offered) {
      return offered.stream()
          .filter(t -> t.startAddress().compareTo(t.endAddress()) <= 0)
          .filter(t -> t.startPort() <= t.endPort())
          .toList();
    }
  }

  /**
   * How well an offer and selectors of ours agree; the best has the greatest.
   *
   * <p>An offer that is one of ours, then one that lies in ours, then ours that lies in the offer,
   * then a part of both.
   */
  public enum Fit {
    NONE,
    PARTLY,
    OURS_WITHIN_OFFER,
    OFFER_WITHIN_OURS,
    EQUAL
  }

  public static Fit fit(Offer offer, ChildSelectors ours) {
    if (narrow(offer.local(), ours.local()).isEmpty()
        || narrow(offer.remote(), ours.remote()).isEmpty()) {
      return Fit.NONE;
    }
    boolean offerWithin =
        covers(ours.local(), offer.local()) && covers(ours.remote(), offer.remote());
    boolean oursWithin =
        covers(offer.local(), ours.local()) && covers(offer.remote(), ours.remote());
    if (offerWithin) {
      return oursWithin ? Fit.EQUAL : Fit.OFFER_WITHIN_OURS;
    }
    return oursWithin ? Fit.OURS_WITHIN_OFFER : Fit.PARTLY;
  }

  /** Ours are for the packet that the initiator names first, if it names one (§2.9). */
  public static boolean holdPacket(Offer offer, ChildSelectors ours) {
    return holdsPacket(offer.local(), ours.local()) && holdsPacket(offer.remote(), ours.remote());
  }

  private static boolean holdsPacket(List<TrafficSelector> offered, List<TrafficSelector> ours) {
    return offered.isEmpty() || ours.stream().anyMatch(o -> o.covers(offered.getFirst()));
  }

  /** The offered ones as far as ours allow them, in the order of the offer, none within another. */
  public static List<TrafficSelector> narrow(
      List<TrafficSelector> offered, List<TrafficSelector> ours) {
    SequencedSet<TrafficSelector> narrowed = new LinkedHashSet<>();
    for (TrafficSelector offer : offered) {
      for (TrafficSelector own : ours) {
        intersection(offer, own).ifPresent(narrowed::add);
      }
    }
    return narrowed.stream()
        .filter(t -> narrowed.stream().noneMatch(other -> !other.equals(t) && other.covers(t)))
        .toList();
  }

  private static Optional<TrafficSelector> intersection(TrafficSelector a, TrafficSelector b) {
    boolean sameProtocol = a.protocol() == 0 || b.protocol() == 0 || a.protocol() == b.protocol();
    if (!sameProtocol || a.startAddress().family() != b.startAddress().family()) {
      return Optional.empty();
    }
    IpAddress start = later(a.startAddress(), b.startAddress());
    IpAddress end = earlier(a.endAddress(), b.endAddress());
    int startPort = Math.max(a.startPort(), b.startPort());
    int endPort = Math.min(a.endPort(), b.endPort());
    if (start.compareTo(end) > 0 || startPort > endPort) {
      return Optional.empty();
    }
    int protocol = a.protocol() == 0 ? b.protocol() : a.protocol();
    return Optional.of(new TrafficSelector(protocol, startPort, endPort, start, end));
  }

  private static IpAddress later(IpAddress a, IpAddress b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static IpAddress earlier(IpAddress a, IpAddress b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  /** Each of the inner ones lies in one of the outer ones. */
  public static boolean covers(List<TrafficSelector> outer, List<TrafficSelector> inner) {
    return inner.stream().allMatch(i -> outer.stream().anyMatch(o -> o.covers(i)));
  }

  /**
   * What to offer: ours, behind the packet that waits for them if there is one (§2.9).
   *
   * @param packet its source or destination; null: none waits
   */
  public static List<TrafficSelector> offer(
      List<TrafficSelector> ours, @Nullable TrafficSelector packet) {
    if (packet == null || !covers(ours, List.of(packet))) {
      return ours;
    }
    List<TrafficSelector> offer = new ArrayList<>();
    offer.add(packet);
    offer.addAll(ours);
    return offer;
  }
}
