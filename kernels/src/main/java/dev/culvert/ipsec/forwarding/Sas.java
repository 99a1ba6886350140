package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;

/** Security associations whose outbound half is their own inbound half. */
final class Sas {
  static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  static final Endpoint LOCAL = new Endpoint(Ipv4Address.of("192.0.2.1"), 4500);
  static final Endpoint REMOTE = new Endpoint(Ipv4Address.of("198.51.100.2"), 4500);

  private static final List<TrafficSelector> ANYTHING =
      List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);

  private Sas() {}

  static ChildSa loop(Spi spi, EspAlgorithm algorithm) {
    Secret key = Secret.copyOf(new byte[algorithm.keyMaterialLength()]);
    return new ChildSa(
        TUNNEL,
        "vpn",
        spi,
        spi,
        algorithm,
        key,
        key,
        LOCAL,
        REMOTE,
        true,
        0, // the same packets are received again and again
        false,
        SaLifetime.UNLIMITED,
        ChildSa.DfBit.CLEAR,
        ANYTHING,
        ANYTHING);
  }
}
