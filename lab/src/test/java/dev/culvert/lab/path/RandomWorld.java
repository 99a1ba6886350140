package dev.culvert.lab.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.net.Ipv6Prefix;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.RouteAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Addresses and routes around a router: a LAN of both families on each interface, four far
 * networks, and four prefixes that only translation uses. Which interface leads to a far network,
 * and whether any does, is drawn.
 */
final class RandomWorld {
  static final List<InterfaceName> INTERFACES =
      List.of(
          InterfaceName.of("ge0"),
          InterfaceName.of("ge1"),
          InterfaceName.of("ge2"),
          InterfaceName.of("st0.0"),
          InterfaceName.of("st0.1"));

  /** Whose packets always pass: they tell that all before them have been dealt with. */
  static final InterfaceName MARKER_IN = InterfaceName.of("mk0");

  static final InterfaceName MARKER_OUT = InterfaceName.of("mk1");
  static final IpAddress MARKER_SOURCE = Ipv4Address.of("10.8.0.2");
  static final IpAddress MARKER_TARGET = Ipv4Address.of("10.9.0.2");
  static final IpAddress MARKER_ROUTER = Ipv4Address.of("10.8.0.1");
  static final int NETWORKS = 4;

  private static final int FIRST_HOST = 2;
  private static final int HOSTS = 8;

  private final SortedMap<IpPrefix, InterfaceName> routes = new TreeMap<>();
  private final RandomGenerator random;

  RandomWorld(RandomGenerator random) {
    this.random = random;
    for (int i = 0; i < INTERFACES.size(); i++) {
      routes.put(lan(i, false), INTERFACES.get(i));
      routes.put(lan(i, true), INTERFACES.get(i));
    }
    for (int i = 0; i < NETWORKS; i++) {
      for (boolean v6 : List.of(false, true)) {
        draw(far(i, v6));
        draw(translated(i, v6));
      }
    }
  }

  private void draw(IpPrefix prefix) {
    // One of six leads nowhere.
    int out = random.nextInt(INTERFACES.size() + 1);
    if (out < INTERFACES.size()) {
      routes.put(prefix, INTERFACES.get(out));
    }
  }

  // --- Addresses ---------------------------------------------------------------------------------

  static IpPrefix lan(int number, boolean v6) {
    return v6
        ? new Ipv6Prefix(Ipv6Address.of("fd00:" + number + "::"), 64)
        : new Ipv4Prefix(Ipv4Address.of("10." + number + ".0.0"), 24);
  }

  static IpPrefix far(int number, boolean v6) {
    return v6
        ? new Ipv6Prefix(Ipv6Address.of("fd10:" + number + "::"), 64)
        : new Ipv4Prefix(Ipv4Address.of("172.16." + number + ".0"), 24);
  }

  /** Of nobody's own. */
  static IpPrefix translated(int number, boolean v6) {
    return v6
        ? new Ipv6Prefix(Ipv6Address.of("fd20:" + number + "::"), 64)
        : new Ipv4Prefix(Ipv4Address.of("192.168." + number + ".0"), 24);
  }

  /** One of the three kinds. */
  IpPrefix network(boolean v6) {
    return switch (random.nextInt(5)) {
      case 0 -> far(random.nextInt(NETWORKS), v6);
      case 1, 2 -> translated(random.nextInt(NETWORKS), v6);
      default -> lan(random.nextInt(INTERFACES.size()), v6);
    };
  }

  IpAddress host(IpPrefix network) {
    return host(network, FIRST_HOST + random.nextInt(HOSTS));
  }

  static IpAddress host(IpPrefix network, int number) {
    return switch (network.network()) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + number);
      case Ipv6Address v6 -> new Ipv6Address(v6.high(), v6.low() + number);
    };
  }

  /** The router's on an interface. */
  static IpAddress own(int number, boolean v6) {
    return host(lan(number, v6), 1);
  }

  /** A host behind an interface. */
  IpAddress behind(InterfaceName in, boolean v6) {
    List<IpPrefix> behind = new ArrayList<>();
    routes.forEach((prefix, out) -> {
      if (out.equals(in) && (prefix instanceof Ipv6Prefix) == v6) {
        behind.add(prefix);
      }
    });
    return host(behind.get(random.nextInt(behind.size())));
  }

  // --- Routes ------------------------------------------------------------------------------------

  /** Those that are not of an address, as {@code ip -batch} takes them. */
  String routesToAdd() {
    StringBuilder batch = new StringBuilder();
    routes.forEach((prefix, out) -> {
      if (INTERFACES.stream()
          .noneMatch(n ->
              prefix.equals(lan(INTERFACES.indexOf(n), false))
                  || prefix.equals(lan(INTERFACES.indexOf(n), true)))) {
        batch.append("route add ").append(prefix).append(" dev ").append(out.device()).append('\n');
      }
    });
    return batch.toString();
  }

  RouteAnswer lookup(Flow flow) {
    IpAddress to = flow.destination();
    boolean v6 = to instanceof Ipv6Address;
    for (int i = 0; i < INTERFACES.size(); i++) {
      if (own(i, v6).equals(to)) {
        return new RouteAnswer.Local(INTERFACES.get(i));
      }
    }
    for (var route : routes.entrySet()) {
      if (route.getKey().contains(to)) {
        InterfaceName out = route.getValue();
        return new RouteAnswer.Out(out, own(INTERFACES.indexOf(out), v6), route.getKey());
      }
    }
    return new RouteAnswer.Unreachable("none");
  }
}
