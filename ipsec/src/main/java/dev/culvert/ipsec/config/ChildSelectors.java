package dev.culvert.ipsec.config;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;

/**
 * What one child SA pair of a VPN may carry: what the VPN says by {@code traffic-selector NAME}, by
 * {@code proxy-identity}, or by neither.
 *
 * @param name of the traffic selector; empty where there is none
 * @param local what the packets that enter the tunnel come from
 * @param remote what they go to
 * @param metric of the routes to the remote prefixes, and their preference
 */
public record ChildSelectors(
    String name,
    Kind kind,
    List<TrafficSelector> local,
    List<TrafficSelector> remote,
    long metric,
    long preference) {
  public static final long DEFAULT_METRIC = 5;
  public static final long DEFAULT_PREFERENCE = 5;

  private static final List<TrafficSelector> ANY =
      List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);

  /** 0.0.0.0/0 and ::/0 on both sides: routes decide what enters the tunnel. */
  public static final ChildSelectors ANYTHING =
      new ChildSelectors("", Kind.ANYTHING, ANY, ANY, DEFAULT_METRIC, DEFAULT_PREFERENCE);

  /** Which statement they come from. */
  public enum Kind {
    ANYTHING,
    PROXY_IDENTITY,
    TRAFFIC_SELECTOR
  }

  public ChildSelectors {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
  }

  /** A packet from and to these addresses may be for it, as far as addresses say. */
  public boolean concerns(IpAddress source, IpAddress destination) {
    return local.stream().anyMatch(t -> t.containsAddress(source))
        && remote.stream().anyMatch(t -> t.containsAddress(destination));
  }

  /** Some packet would be for both. */
  boolean overlaps(ChildSelectors other) {
    return overlap(local, other.local) && overlap(remote, other.remote);
  }

  private static boolean overlap(List<TrafficSelector> ours, List<TrafficSelector> others) {
    return ours.stream().anyMatch(o -> others.stream().anyMatch(t -> overlap(o, t)));
  }

  private static boolean overlap(TrafficSelector one, TrafficSelector other) {
    return one.startAddress().family() == other.startAddress().family()
        && (one.protocol() == 0 || other.protocol() == 0 || one.protocol() == other.protocol())
        && one.startAddress().compareTo(other.endAddress()) <= 0
        && other.startAddress().compareTo(one.endAddress()) <= 0
        && one.startPort() <= other.endPort()
        && other.startPort() <= one.endPort();
  }
}
