package dev.culvert.lab.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.PacketHeaders;
import java.util.List;
import java.util.random.RandomGenerator;

/** First packets of sessions, and what is none, in a {@link RandomWorld}. */
final class RandomPackets {
  /** Without ports, and unknown to everybody: "any private encryption scheme". */
  static final int PLAIN_PROTOCOL = 99;

  private static final List<Integer> PORTS =
      List.of(22, 22, 53, 80, 80, 81, 443, 8080, 8081, 161, 179, 500, 520, 5000);

  private final RandomWorld world;
  private final RandomGenerator random;
  private int sent;

  RandomPackets(RandomWorld world, RandomGenerator random) {
    this.world = world;
    this.random = random;
  }

  InterfaceName in() {
    return RandomWorld.INTERFACES.get(random.nextInt(RandomWorld.INTERFACES.size()));
  }

  RawPacket draw(InterfaceName in, long token) {
    boolean v6 = random.nextInt(100) < 25;
    IpAddress source =
        random.nextInt(100) < 75 ? world.behind(in, v6) : world.host(world.network(v6));
    IpAddress destination =
        random.nextInt(100) < 20
            ? RandomWorld.own(random.nextInt(RandomWorld.INTERFACES.size()), v6)
            : world.host(world.network(v6));
    return RawPacket.of(flow(source, destination, v6), 0, token);
  }

  /** Each with a source port or identifier of its own. */
  private Flow flow(IpAddress source, IpAddress destination, boolean v6) {
    int own = (sent++ % 2 == 0 ? 20_000 : 40_000) + sent;
    int port = PORTS.get(random.nextInt(PORTS.size()));
    int kind = random.nextInt(20);
    if (kind < 10) {
      return new Flow(source, destination, ServiceMatch.TCP, own, port);
    }
    if (kind < 16) {
      return new Flow(source, destination, ServiceMatch.UDP, own, port);
    }
    if (kind < 19) {
      return Flow.icmp(
          source, destination, v6 ? ServiceMatch.ICMPV6 : ServiceMatch.ICMP, v6 ? 128 : 8, 0, own);
    }
    return Flow.of(source, destination, PLAIN_PROTOCOL);
  }

  /** Mostly those of a first segment. */
  int tcpFlags() {
    return switch (random.nextInt(25)) {
      case 0 -> PacketHeaders.ACK;
      case 1 -> PacketHeaders.SYN | PacketHeaders.ACK;
      case 2 -> PacketHeaders.FIN | PacketHeaders.ACK;
      case 3 -> PacketHeaders.RST;
      case 4 -> PacketHeaders.SYN | PacketHeaders.FIN;
      case 5 -> 0;
      default -> PacketHeaders.SYN;
    };
  }
}
