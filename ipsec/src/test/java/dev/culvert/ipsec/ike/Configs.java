package dev.culvert.ipsec.ike;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.Advpn;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.DynamicPeers;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.PeerAddress;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** Configurations for tests, as a builder with working defaults. */
final class Configs {
  static final IkeProposal X25519_GCM =
      new IkeProposal(
          "x25519",
          IkeCipher.AES_256_GCM,
          List.of(Prf.HMAC_SHA2_256),
          DhGroup.GROUP31,
          Duration.ofHours(8));

  String name = "";
  String gatewayName;
  InterfaceName external = Wire.ETH0;
  InterfaceName vpn = Wire.ST0;
  String peer;
  List<IkeProposal> ike = List.of(X25519_GCM);
  List<EspProposal> esp =
      List.of(new EspProposal("esp", EspAlgorithm.AES_256_GCM, Duration.ofHours(1), 0, 0, false));
  String secret = "kiwi";
  IkeIdentity local;
  IkeIdentity remote;
  DhGroup pfs;
  EstablishTunnels establish = EstablishTunnels.IMMEDIATELY;
  DeadPeerDetection detection;
  boolean force;

  /** In the place of one address, if there are any. */
  List<PeerAddress> ways = List.of();

  boolean traversal = true;
  int badSpiResponses;
  boolean general;
  Advpn advpn;
  DynamicPeers dynamicPeers = DynamicPeers.ONE;
  List<ChildSelectors> selectors = List.of();

  static Configs towards(String peer) {
    Configs configs = new Configs();
    configs.peer = peer;
    return configs;
  }

  static IkeProposal ike(IkeCipher cipher, Prf prf, DhGroup group) {
    return new IkeProposal(group.name(), cipher, List.of(prf), group, Duration.ofHours(8));
  }

  static EspProposal esp(EspAlgorithm algorithm) {
    return new EspProposal("esp", algorithm, Duration.ofHours(1), 0, 0, false);
  }

  Configs responder() {
    establish = EstablishTunnels.RESPONDER_ONLY;
    return this;
  }

  /** Over the second interface, into a tunnel of its own. */
  Configs second() {
    name = "2";
    external = Wire.ETH1;
    vpn = Wire.ST1;
    return this;
  }

  /** With the gateway of the first, into a tunnel of its own. */
  Configs besideFirst() {
    name = "2";
    gatewayName = "gw";
    vpn = Wire.ST1;
    return this;
  }

  /** Over the first interface all the same. */
  Configs onFirst() {
    external = Wire.ETH0;
    return this;
  }

  IpsecConfig build() {
    return together(this);
  }

  static IpsecConfig together(Configs... all) {
    List<Configs> each = List.of(all);
    return new IpsecConfig(
        each.stream().filter(c -> c.gatewayName == null).map(Configs::gateway).toList(),
        each.stream().map(Configs::vpn).toList(),
        0,
        all[0].badSpiResponses,
        OptionalInt.empty());
  }

  private GatewayConfig gateway() {
    IpAddress address = peer == null ? null : IpAddress.parse(peer).orElseThrow();
    return new GatewayConfig(
        "gw" + name,
        "ikepolicy",
        address,
        external,
        null,
        local,
        remote,
        ike,
        Secret.copyOf(secret.getBytes(StandardCharsets.UTF_8)),
        detection,
        GatewayConfig.DEFAULT_NAT_KEEPALIVE,
        traversal,
        force,
        general,
        dynamicPeers,
        !ways.isEmpty()
            ? ways
            : address == null ? List.of() : List.of(new PeerAddress.Literal(address)),
        advpn);
  }

  private VpnConfig vpn() {
    return new VpnConfig(
        "vpn" + name,
        vpn,
        gatewayName == null ? "gw" + name : gatewayName,
        "policy",
        esp,
        pfs,
        VpnConfig.DEFAULT_DF_BIT,
        establish,
        VpnConfig.DEFAULT_REPLAY_WINDOW,
        selectors);
  }

  /** {@code traffic-selector NAME { local-ip OURS; remote-ip THEIRS; }}. */
  static ChildSelectors selector(String name, String ours, String theirs) {
    return new ChildSelectors(
        name,
        ChildSelectors.Kind.TRAFFIC_SELECTOR,
        List.of(of(ours)),
        List.of(of(theirs)),
        ChildSelectors.DEFAULT_METRIC,
        ChildSelectors.DEFAULT_PREFERENCE);
  }

  static TrafficSelector of(String prefix) {
    return SelectorPrefixes.selector(
        IpPrefix.parse(prefix).orElseThrow(), 0, 0, SelectorPrefixes.MAX_PORT);
  }
}
