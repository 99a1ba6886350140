package dev.culvert.daemon.rip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.RouterEvent.RipDatagramReceived;
import dev.culvert.rip.packet.RipFlavor;
import org.junit.jupiter.api.Test;

class RipInboxTest {
  private static final InterfaceName FLOODED = InterfaceName.of("eth0.0");
  private static final InterfaceName QUIET = InterfaceName.of("st0.0");

  private final RipInbox inbox = new RipInbox();

  @Test
  void aFloodOnOneInterfaceNeitherFillsNorDelaysAnother() {
    int taken = 0;
    while (inbox.offer(datagram(FLOODED, 504))) {
      taken++;
    }
    assertThat(taken).isEqualTo(RipInbox.MOST_DATAGRAMS);
    assertThat(inbox.offer(datagram(QUIET, 504))).isTrue();
    assertThat(inbox.refused()).isEqualTo(1);

    assertThat(inbox.take()).isEqualTo(datagram(FLOODED, 504));
    assertThat(inbox.take()).isEqualTo(datagram(QUIET, 504));
  }

  @Test
  void largeDatagramsAreBoundedByTheirOctets() {
    int taken = 0;
    while (inbox.offer(datagram(FLOODED, 65_000))) {
      taken++;
    }
    assertThat(taken).isEqualTo(RipInbox.MOST_OCTETS / 65_000);
  }

  @Test
  void whatCameByAnInterfaceThatIsClosedIsForgotten() {
    inbox.offer(datagram(FLOODED, 24));
    inbox.forget(FLOODED);

    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.take()).isNull();
  }

  private static RipDatagramReceived datagram(InterfaceName in, int octets) {
    return new RipDatagramReceived(
        RipFlavor.RIP, in, Ipv4Address.of("10.0.0.2"), 520, 1, Octets.wrap(new byte[octets]));
  }
}
