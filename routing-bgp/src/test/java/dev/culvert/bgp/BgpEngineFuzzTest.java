package dev.culvert.bgp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PeerType;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A peer that says anything at any time to an engine it has a session with. The first octet of each
 * step chooses what happens; messages take their octets from the input.
 */
class BgpEngineFuzzTest {
  private static final Ipv4Address OURS = Ipv4Address.of("10.0.0.1");
  private static final Ipv4Address PEER = Ipv4Address.of("10.0.0.2");
  private static final String MARKER = "ffffffffffffffffffffffffffffffff";

  private final List<BgpAction> actions = new ArrayList<>();
  private BgpEngine engine = new BgpEngine(new Random(1));
  private Instant now = Instant.EPOCH;
  private ConnectionId connection = new ConnectionId(0);
  private long incoming;

  @FuzzTest
  void peer(byte[] bytes) {
    engine = new BgpEngine(new Random(1));
    now = Instant.EPOCH;
    incoming = 0;
    start();
    int at = 0;
    while (at < bytes.length) {
      int choice = bytes[at++] & 0xFF;
      int length = Math.min(bytes.length - at, choice >>> 1);
      byte[] body = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      step(choice, body);
    }
    engine.neighbors();
    engine.receivedRoutes(PEER);
    handle(new BgpEvent.ShutDown());
  }

  private void start() {
    handle(
        new BgpEvent.InterfacesChanged(
            InterfaceChanges.of(
                List.of(
                    new InterfaceState(
                        InterfaceName.of("eth0.0"),
                        2,
                        true,
                        false,
                        false,
                        1500,
                        List.of(new InterfaceAddress(OURS, 24)))))));
    handle(
        new BgpEvent.ConfigurationCommitted(
            BgpLab.config(
                65001,
                OURS,
                PeerConfig.of("fuzz", PEER, SessionConfig.of(PeerType.EXTERNAL, 65002)))));
    openTransport();
    handle(
        new BgpEvent.MessageReceived(
            connection,
            OpenMessage.of(65002, 90, RouterId.of("10.0.0.2"), new Capability.FourOctetAs(65002))
                .encode()));
    handle(new BgpEvent.MessageReceived(connection, new KeepAliveMessage().encode()));
  }

  private void step(int choice, byte[] body) {
    switch (choice % 8) {
      case 0 -> advance();
      case 1 -> openTransport();
      case 2 -> handle(new BgpEvent.TransportClosed(connection, "fuzz"));
      case 3 -> accept();
      case 4 -> handle(new BgpEvent.MessageReceived(connection, Octets.copyOf(body)));
      case 5 -> handle(new BgpEvent.MessageReceived(new ConnectionId(-incoming), message(body)));
      default -> handle(new BgpEvent.MessageReceived(connection, message(body)));
    }
  }

  /** A header in order, then the type and body of the input. */
  private static Octets message(byte[] body) {
    int length = 18 + Math.max(1, body.length);
    String type = body.length == 0 ? "04" : "";
    return Octets.ofHex(MARKER + String.format("%04x", length) + type + Octets.copyOf(body));
  }

  private void advance() {
    Deadline deadline = engine.nextDeadline();
    if (deadline != null) {
      now = deadline.at().isAfter(now) ? deadline.at() : now;
      actions.clear();
      engine.advance(now, actions::add);
      learnConnection();
    }
  }

  private void openTransport() {
    handle(
        new BgpEvent.TransportOpened(
            connection, new Endpoint(OURS, 40000), new Endpoint(PEER, 179), false));
  }

  private void accept() {
    incoming++;
    handle(
        new BgpEvent.TransportOpened(
            new ConnectionId(-incoming), new Endpoint(OURS, 179), new Endpoint(PEER, 40001), true));
  }

  private void handle(BgpEvent event) {
    actions.clear();
    engine.handle(event, now, actions::add);
    learnConnection();
  }

  private void learnConnection() {
    for (BgpAction action : actions) {
      if (action instanceof BgpAction.Connect connect) {
        connection = connect.connection();
      }
    }
  }
}
