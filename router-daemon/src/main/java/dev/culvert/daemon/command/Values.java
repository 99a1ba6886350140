package dev.culvert.daemon.command;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the placeholders of commands stand for in this router at this moment. */
final class Values {
  private Values() {}

  /** By placeholder; an empty list where values cannot be listed but are never plain words. */
  static Map<String, Supplier<List<String>>> of(RouterState router) {
    return Map.of(
        "<host>", List::of,
        "<prefix>", List::of,
        "<number>", List::of,
        "<index>",
            () -> router.ipsecSas().stream().map(sa -> "" + sa.tunnelId()).distinct().toList(),
        "<peer>", () -> router.bgpNeighbors().stream().map(n -> n.address().toString()).toList(),
        "<gateway>",
            () ->
                router.configuration().ipsec().gateways().stream()
                    .map(GatewayConfig::name)
                    .toList(),
        "<vpn>", () -> router.vpns().stream().map(VpnStateView::vpn).distinct().toList(),
        "<protocol>",
            () ->
                Arrays.stream(RouteProtocol.values())
                    .map(p -> p.junosName().toLowerCase(Locale.ROOT))
                    .distinct()
                    .toList(),
        "<table>",
            () -> Arrays.stream(AddressFamily.values()).map(f -> TableId.of(f).toString()).toList(),
        "<interface>",
            () ->
                router.interfaces().stream()
                    .flatMap(i -> Stream.of(i.name().physical(), i.name().toString()))
                    .distinct()
                    .toList());
  }
}
