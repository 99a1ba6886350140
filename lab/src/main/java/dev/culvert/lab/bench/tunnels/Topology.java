package dev.culvert.lab.bench.tunnels;

import dev.culvert.core.net.Ipv4Address;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Two gateways on one link, and that many tunnels between them, each with a gateway statement, an
 * {@code st0} unit and a static route at either end.
 *
 * @param hub gateway A speaks from one address to all of B's; else each tunnel has two of its own
 * @param oneSided gateway B only answers
 * @param spokes gateway A has one gateway statement, one VPN and one multipoint unit for all, and
 *     has not heard of any; each tunnel's end at B is a spoke of its own identity
 */
public record Topology(int tunnels, boolean hub, boolean oneSided, boolean spokes) {
  /** The link between the gateways, at both. */
  public static final String DEVICE = "eth0";

  private static final int OUTER_PREFIX = 12;
  private static final Block OUTER_A = new Block(Ipv4Address.of("10.1.0.1"), 1);
  private static final Block OUTER_B = new Block(Ipv4Address.of("10.2.0.1"), 1);
  private static final Block INNER_A = new Block(Ipv4Address.of("172.16.0.1"), 4);
  private static final Block INNER_B = new Block(Ipv4Address.of("172.16.0.2"), 4);
  private static final Block LAN_A = new Block(Ipv4Address.of("100.64.0.0"), 256);
  private static final Block LAN_B = new Block(Ipv4Address.of("100.96.0.0"), 256);

  /** One end of all tunnels. */
  enum Side {
    A,
    B
  }

  /** Numbered addresses. */
  private record Block(Ipv4Address first, int step) {
    Ipv4Address of(int number) {
      return new Ipv4Address(first.bits() + number * step);
    }
  }

  /** Two gateways that know each other. */
  public Topology(int tunnels, boolean hub, boolean oneSided) {
    this(tunnels, hub, oneSided, false);
  }

  /** A hub and so many spokes that it has never heard of. */
  public static Topology ofSpokes(int spokes) {
    return new Topology(spokes, true, false, true);
  }

  private Ipv4Address outer(Side side, int tunnel) {
    return switch (side) {
      case A -> OUTER_A.of(hub ? 0 : tunnel);
      case B -> OUTER_B.of(tunnel);
    };
  }

  /** The far ends inside the tunnels, as A sees them. */
  List<String> farEnds() {
    return tunnels(tunnel -> INNER_B.of(tunnel).toString());
  }

  String configuration(Side side) {
    return """
    system { host-name %s; }
    interfaces {
      eth0 { unit 0 { family inet {
    %s
      } } }
      st0 {
    %s
      }
    }
    routing-options { static {
    %s
    } }
    security {
      ike {
        proposal bench {
          authentication-method pre-shared-keys;
          dh-group group31;
          encryption-algorithm aes-256-gcm;
          prf hmac-sha2-256;
        }
        policy bench { proposals bench; pre-shared-key ascii-text "a-key-for-the-benchmark"; }
    %s
      }
      ipsec {
        proposal bench { protocol esp; encryption-algorithm aes-256-gcm; }
        policy bench { proposals bench; }
    %s
      }
    }
    """
        .formatted(
            side,
            lines(
                IntStream.range(0, tunnels)
                    .mapToObj(tunnel -> outer(side, tunnel))
                    .distinct()
                    .map(address -> "address " + address + "/" + OUTER_PREFIX + ";")
                    .toList()),
            isHubOfSpokes(side) ? hubUnit() : lines(tunnels(tunnel -> unit(side, tunnel))),
            isHubOfSpokes(side) ? "" : lines(tunnels(tunnel -> route(side, tunnel))),
            isHubOfSpokes(side) ? HUB_GATEWAY : lines(tunnels(tunnel -> gateway(side, tunnel))),
            isHubOfSpokes(side) ? HUB_VPN : lines(tunnels(tunnel -> vpn(side, tunnel))));
  }

  /** Whether that gateway has one VPN for all tunnels. */
  boolean isHubOfSpokes(Side side) {
    return spokes && side == Side.A;
  }

  private static final String HUB_GATEWAY =
      """
      gateway spokes { ike-policy bench;
        dynamic { hostname example.net; ike-user-type group-ike-id; connections-limit 10000; }
        local-identity hostname hub.example.net; external-interface eth0.0; version v2-only; }
      """;

  private static final String HUB_VPN =
      """
      vpn spokes { bind-interface st0.0; ike { gateway spokes; ipsec-policy bench; }
        establish-tunnels responder-only; }
      """;

  /** With an address in the subnet of each spoke, so that its answers come back the same way. */
  private String hubUnit() {
    return "unit 0 { multipoint; family inet {\n"
        + lines(tunnels(tunnel -> "address " + INNER_A.of(tunnel) + "/30;"))
        + "\n} }";
  }

  private static String unit(Side side, int tunnel) {
    Block inner = side == Side.A ? INNER_A : INNER_B;
    return "unit %d { family inet { address %s/30; } }".formatted(tunnel, inner.of(tunnel));
  }

  private static String route(Side side, int tunnel) {
    Block farLan = side == Side.A ? LAN_B : LAN_A;
    return "route %s/24 next-hop st0.%d;".formatted(farLan.of(tunnel), tunnel);
  }

  private String gateway(Side side, int tunnel) {
    Side far = side == Side.A ? Side.B : Side.A;
    return """
    gateway peer-%d { ike-policy bench; address %s; local-address %s; external-interface eth0.0; version v2-only; %s }\
    """
        .formatted(tunnel, outer(far, tunnel), outer(side, tunnel), identities(tunnel));
  }

  /** A hub that has died calls nobody: its spokes have to find out. */
  private String identities(int tunnel) {
    return spokes
        ? """
        local-identity hostname spoke-%d.example.net; remote-identity hostname hub.example.net; \
        dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }\
        """
            .formatted(tunnel)
        : "";
  }

  private String vpn(Side side, int tunnel) {
    String begins = side == Side.B && oneSided ? "responder-only" : "immediately";
    return """
    vpn vpn-%1$d { bind-interface st0.%1$d; ike { gateway peer-%1$d; ipsec-policy bench; } \
    establish-tunnels %2$s; }\
    """
        .formatted(tunnel, begins);
  }

  private List<String> tunnels(IntFunction<String> text) {
    return IntStream.range(0, tunnels).mapToObj(text).toList();
  }

  private static String lines(List<String> lines) {
    return String.join("\n", lines);
  }
}
