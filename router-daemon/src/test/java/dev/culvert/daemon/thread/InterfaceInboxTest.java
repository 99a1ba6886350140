package dev.culvert.daemon.thread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.RouterEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one segment floods must not cost another its neighbors. */
class InterfaceInboxTest {
  private static final int HELLO = 48;
  private static final int LARGE = 60_000;
  private static final int MOST_PACKETS = 1024;
  private static final int MOST_OCTETS = 1 << 20;

  private final InterfaceInbox<RouterEvent.OspfPacketReceived> inbox =
      new InterfaceInbox<>(
          RouterEvent.OspfPacketReceived::in,
          RouterEvent.OspfPacketReceived::payload,
          MOST_PACKETS,
          MOST_OCTETS);

  @Test
  void aFloodOnOneInterfaceNeitherKeepsOutNorDelaysTheHellosOfAnother() {
    int taken = 0;
    for (int i = 0; i < 100_000; i++) {
      taken += inbox.offer(packet("eth0.0", HELLO)) ? 1 : 0;
    }
    assertThat(taken).isEqualTo(MOST_PACKETS);
    assertThat(inbox.refused()).isEqualTo(100_000 - taken);

    assertThat(inbox.offer(packet("eth1.0", HELLO))).isTrue();
    assertThat(inbox.offer(packet("st0.7", HELLO))).isTrue();
    assertThat(names(3)).containsExactly("eth0.0", "eth1.0", "st0.7");
    assertThat(inbox.refused()).isEqualTo(100_000 - taken);
  }

  @Test
  void interfacesAreTakenFromByTurnsAndEachInItsOwnOrder() {
    RouterEvent.OspfPacketReceived first = packet("eth0.0", HELLO);
    RouterEvent.OspfPacketReceived second = packet("eth0.0", HELLO + 4);
    RouterEvent.OspfPacketReceived other = packet("eth1.0", HELLO);
    inbox.offer(first);
    inbox.offer(second);
    inbox.offer(other);
    assertThat(List.of(inbox.take(), inbox.take(), inbox.take()))
        .containsExactly(first, other, second);
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.take()).isNull();
  }

  @Test
  void anInterfaceHoldsNoMoreOctetsThanItsShareAndFreesThemAsTheyAreTaken() {
    int taken = 0;
    while (inbox.offer(packet("eth0.0", LARGE))) {
      taken++;
    }
    assertThat(taken).isEqualTo(MOST_OCTETS / LARGE);
    inbox.take();
    assertThat(inbox.offer(packet("eth0.0", LARGE))).isTrue();
    assertThat(inbox.offer(packet("eth0.0", LARGE))).isFalse();
  }

  @Test
  void whereManyInterfacesAreFloodedTheRestKeepsAFewPacketsEach() {
    for (int i = 0; i < 100; i++) {
      while (inbox.offer(packet("st0." + i, LARGE))) {}
    }
    for (int i = 0; i < InterfaceInbox.ALWAYS; i++) {
      assertThat(inbox.offer(packet("eth0.0", HELLO))).isTrue();
    }
    assertThat(inbox.offer(packet("eth0.0", LARGE))).isFalse();
  }

  @Test
  void whatCameFromAnInterfaceThatIsClosedIsForgotten() {
    inbox.offer(packet("eth0.0", HELLO));
    inbox.offer(packet("eth1.0", HELLO));
    inbox.forget(InterfaceName.of("eth0.0"));
    assertThat(names(1)).containsExactly("eth1.0");
    assertThat(inbox.isEmpty()).isTrue();
  }

  private List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(inbox.take().in().toString());
    }
    return names;
  }

  private static RouterEvent.OspfPacketReceived packet(String in, int octets) {
    return new RouterEvent.OspfPacketReceived(
        InterfaceName.of(in),
        Ipv4Address.of("192.0.2.1"),
        Ipv4Address.of("224.0.0.5"),
        Octets.wrap(new byte[octets]));
  }
}
