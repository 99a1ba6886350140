package dev.culvert.daemon.command;

import dev.culvert.daemon.show.NextHopTunnelShow;
import dev.culvert.daemon.show.PeerConfigShow;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.SecurityShow;
import dev.culvert.daemon.show.ShortcutShow;
import dev.culvert.daemon.show.TunnelEventsShow;
import dev.culvert.daemon.show.WhyShow;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.peer.PeerDialect;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Commands about IKE, IPsec and tunnels. */
record SecurityCommands(RouterState router) {
  List<Command> table() {
    return List.of(
        Command.show(
            "security ike security-associations",
            "IKE SAs",
            List.of("detail", "sa-type", "shortcut"),
            c -> c.page(SecurityShow.ikeSas(ikeSas(c), c.has("detail")))),
        Command.show(
            "security ike active-peer",
            "Who is connected",
            List.of(),
            c -> c.page(SecurityShow.activePeers(router.ikeSas()))),
        Command.show(
            "security ipsec security-associations",
            "IPsec SAs",
            List.of("detail", "index <index>", "vpn-name <vpn>", "sa-type", "shortcut"),
            this::ipsecSas),
        Command.show(
            "security ipsec tunnel-events-statistics",
            "What has happened to tunnels, and how often",
            List.of(),
            c ->
                c.page(
                    TunnelEventsShow.page(
                        router.vpns().stream().flatMap(v -> v.events().stream()).toList()))),
        Command.show(
            "security ipsec inactive-tunnels",
            "Tunnels that are down, and why",
            List.of("detail"),
            c ->
                c.page(
                    SecurityShow.inactiveTunnels(
                        router.vpns(), router.vpnMonitors(), c.has("detail"), router.now()))),
        Command.show(
            "security ipsec why",
            "What keeps a tunnel down, or packets out of it, and what to change",
            List.of("vpn <vpn>"),
            this::why),
        Command.show(
            "security ipsec traffic-selector",
            "What each tunnel may carry",
            List.of(),
            c -> c.page(SecurityShow.trafficSelectors(router.vpns()))),
        Command.show(
            "security ipsec next-hop-tunnels",
            "Who is behind which next hop of multipoint units",
            List.of(),
            c -> c.page(NextHopTunnelShow.nextHopTunnels(router.nextHopTunnels()))),
        Command.show(
            "security ipsec shortcuts",
            "Tunnels to those that a common peer has told us of",
            List.of(),
            c ->
                c.page(
                    ShortcutShow.shortcuts(
                        router.shortcuts(), router.ikeStatistics().shortcuts(), router.now()))),
        Command.show(
            "security ipsec statistics",
            "ESP packet counters",
            List.of(),
            c -> c.page(SecurityShow.statistics(router.dataPath()))),
        Command.show(
            "security ipsec peer-config vpn",
            "The other end of a VPN, for who configures it; without the key",
            List.of("<vpn>", "junos", "strongswan", "vyos", "cisco"),
            this::peerConfig),
        Command.change(
            "clear security ike security-associations",
            "Delete IKE SAs and negotiate anew",
            List.of("<gateway>"),
            this::clearIke),
        Command.change(
            "clear security ipsec security-associations",
            "Delete IPsec SAs and make others on the same IKE SA",
            List.of("vpn-name <vpn>"),
            this::clearIpsec),
        Command.change(
            "request security ike rekey",
            "Rekey the IKE SA of a gateway",
            List.of("<gateway>"),
            c -> rekey(c, true)),
        Command.change(
            "request security ipsec rekey",
            "Rekey the IPsec SAs of a gateway",
            List.of("<gateway>"),
            c -> rekey(c, false)));
  }

  /** Those of {@code sa-type shortcut} alone, if that is asked. */
  private List<IkeSaView> ikeSas(Call call) {
    return router.ikeSas().stream()
        .filter(sa -> sa.advpn().shortcut() || !call.has("shortcut"))
        .toList();
  }

  private @Nullable String ipsecSas(Call call) {
    Predicate<IpsecSaView> asked = sa -> sa.shortcut() || !call.has("shortcut");
    boolean narrowed = false;
    Iterator<String> words = call.arguments().iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (word.equals("detail") || word.equals("sa-type") || word.equals("shortcut")) {
        continue;
      }
      if (!words.hasNext()) {
        return "'" + word + "' needs a value";
      }
      String value = words.next();
      asked =
          asked.and(
              word.equals("index")
                  ? sa -> Integer.toString(sa.tunnelId()).equals(value)
                  : sa -> sa.vpn().equals(value));
      narrowed = true;
      if (word.equals("vpn-name") && !isVpn(value)) {
        return "no such VPN: " + value;
      }
    }
    // Named ones are told in full, as in Junos.
    return call.page(
        SecurityShow.ipsecSas(
            router.ipsecSas().stream().filter(asked).toList(),
            router.vpns(),
            router.vpnMonitors(),
            narrowed || call.has("detail")));
  }

  private boolean isVpn(String name) {
    return router.configuration().ipsec().vpn(name).isPresent();
  }

  private @Nullable String clearIpsec(Call call) {
    List<String> words = call.arguments();
    if (words.isEmpty()) {
      router.clearIpsec(null);
      return null;
    }
    if (words.size() != 2) {
      return "name the VPN: vpn-name NAME";
    }
    if (!isVpn(words.getLast())) {
      return "no such VPN: " + words.getLast();
    }
    router.clearIpsec(words.getLast());
    return null;
  }

  private @Nullable String why(Call call) {
    List<String> words = call.arguments();
    if (words.isEmpty()) {
      return call.page(WhyShow.of(router, router.vpns()));
    }
    if (words.size() != 2 || !words.getFirst().equals("vpn")) {
      return "name the VPN: vpn NAME";
    }
    List<VpnStateView> named =
        router.vpns().stream().filter(vpn -> vpn.vpn().equals(words.getLast())).toList();
    return named.isEmpty()
        ? "no such VPN: " + words.getLast()
        : call.page(WhyShow.of(router, named));
  }

  private @Nullable String peerConfig(Call call) {
    if (call.arguments().size() != 2) {
      return "name the vpn, and one of junos, strongswan, vyos, cisco";
    }
    String name = call.arguments().getFirst();
    RouterConfig config = router.configuration();
    Optional<VpnConfig> vpn = config.ipsec().vpn(name);
    Optional<GatewayConfig> gateway = vpn.flatMap(v -> config.ipsec().gateway(v.gateway()));
    if (vpn.isEmpty() || gateway.isEmpty()) {
      return "no such vpn: " + name;
    }
    String word = call.arguments().getLast();
    Optional<PeerDialect> dialect = PeerDialect.of(word);
    return dialect.isEmpty()
        ? "not one of junos, strongswan, vyos, cisco: " + word
        : call.page(PeerConfigShow.page(config, vpn.get(), gateway.get(), dialect.get()));
  }

  private @Nullable String clearIke(Call call) {
    if (call.arguments().isEmpty()) {
      router.clearIke(null);
      return null;
    }
    return ofGateway(call, router::clearIke);
  }

  private @Nullable String rekey(Call call, boolean ikeSa) {
    return ofGateway(call, gateway -> router.rekey(gateway, ikeSa));
  }

  /** Does it for the one gateway that the operator names. */
  private @Nullable String ofGateway(Call call, Consumer<String> action) {
    if (call.arguments().size() != 1) {
      return "name the gateway";
    }
    String gateway = call.arguments().getFirst();
    if (router.configuration().ipsec().gateway(gateway).isEmpty()) {
      return "no such gateway: " + gateway;
    }
    action.accept(gateway);
    return null;
  }
}
