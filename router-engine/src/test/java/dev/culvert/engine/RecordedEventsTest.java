package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ospf.OspfEvent;
import java.time.Instant;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class RecordedEventsTest {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final InterfaceName ETH0 = InterfaceName.of("eth0.0");
  private static final Ipv4Address PEER = Ipv4Address.of("192.0.2.2");

  /** RFC 2328 §A.3.1 and §D.3: AuType at octet 14, the password at octets 16 to 23. */
  private static final String HEADER = "0201002c 0a000002 00000000 0000";

  @Test
  void packetsAreKeptAsTheyCame() {
    IkeEvent.DatagramReceived datagram =
        new IkeEvent.DatagramReceived(
            new Endpoint(PEER, 500), new Endpoint(PEER, 500), Octets.ofHex("0102"));
    assertThat(RecordedEvents.ike(AT, datagram).fromStranger()).isTrue();
    assertThat(RecordedEvents.ike(AT, datagram).toString())
        .startsWith("2026-03-01T12:00:00Z DatagramReceived[")
        .endsWith("message=0102, lane=STRANGERS]");
  }

  @Test
  void aSimplePasswordIsMaskedAndADigestIsNot() {
    assertThat(ospf(HEADER + "0001 7365637265740000 ff"))
        .endsWith("payload=0201002c0a0000020000000000000001" + "0000000000000000" + "ff]");
    assertThat(ospf(HEADER + "0002 0000011000000007 ff")).endsWith("0000011000000007ff]");
    assertThat(ospf("0201")).endsWith("payload=0201]");
  }

  @Test
  void theRoutersOwnRecorderMasksItToo() {
    RouterEvent event =
        new RouterEvent.OspfPacketReceived(
            ETH0, PEER, PEER, Octets.ofHex(HEADER + "0001 7365637265740000"));
    assertThat(RecordedEvents.router(AT, event).toString()).doesNotContain("736563726574");
  }

  @Test
  void keyAgreementsAreKeptByTheirNumber() {
    IkeEvent.Computed computed =
        new IkeEvent.Computed(
            7, new ComputationResult.Agreed(Octets.ofHex("aa"), Secret.copyOf(new byte[] {1})));
    assertThat(RecordedEvents.ike(AT, computed).what()).isEqualTo("Computed[id=7]");
  }

  @Test
  void aLongListIsKeptByItsLength() {
    RibDelta delta =
        new RibDelta(TableId.INET, IpPrefix.parse("10.0.0.0/8").orElseThrow(), null, null);
    RecordedEvent kept =
        RecordedEvents.bgp(AT, new BgpEvent.RibChanged(Collections.nCopies(100_000, delta)));
    assertThat(kept.what()).isEqualTo("RibChanged[100000 elements]");
    assertThat(
            RecordedEvents.bgp(AT, new BgpEvent.RibChanged(Collections.nCopies(2, delta)))
                .toString())
        .contains("10.0.0.0/8");
  }

  private static String ospf(String hex) {
    return RecordedEvents.ospf(
            AT, new OspfEvent.PacketReceived(ETH0, PEER, PEER, Octets.ofHex(hex)))
        .toString();
  }
}
