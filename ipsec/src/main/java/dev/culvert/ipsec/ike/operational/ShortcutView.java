package dev.culvert.ipsec.ike.operational;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Instant;
import java.util.List;

/**
 * A shortcut, or what has become of one.
 *
 * @param vpn through whose peer the two talked before
 * @param partner the other end, as that peer knows it
 * @param state {@code awaited}, {@code up}, {@code ended} or {@code failed}
 * @param since when it came to that
 * @param text why it has ended or failed; else empty
 */
public record ShortcutView(
    int tunnelId,
    String vpn,
    String gateway,
    InterfaceName bindInterface,
    String partner,
    Endpoint remote,
    List<TrafficSelector> local,
    List<TrafficSelector> beyond,
    String state,
    Instant since,
    String text) {
  public ShortcutView {
    local = List.copyOf(local);
    beyond = List.copyOf(beyond);
  }
}
