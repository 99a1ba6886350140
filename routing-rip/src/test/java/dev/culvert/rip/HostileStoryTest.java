package dev.culvert.rip;

import static dev.culvert.rip.Played.blackhole;
import static dev.culvert.rip.Played.config;
import static dev.culvert.rip.Played.neighbor;
import static dev.culvert.rip.Played.response;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.VirtualNetwork.VirtualRouter;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import dev.culvert.rip.packet.RouteEntry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What RFC 2453 §3.9.2 and RFC 2080 §2.4.2 have a router ignore. */
class HostileStoryTest {
  private final VirtualNetwork network = new VirtualNetwork(RipFlavor.RIP, 1);
  private final VirtualRouter a = network.router("a");

  HostileStoryTest() {
    network.attach(a, null, "eth0", false, "10.0.0.1/24");
    network.attach(a, null, "eth1", false, "10.0.1.1/24");
    a.commit(config("eth0"));
    a.takeSent();
  }

  @Test
  void aGoodResponseIsTaken() {
    a.receives("eth0", "10.0.0.2", 520, 1, response("10.5.0.0/16", 15 - 1));
    assertThat(a.route("10.5.0.0/16").metric()).isEqualTo(15);
  }

  @ParameterizedTest
  @CsvSource({
    "eth0, 10.0.0.2, 521, from another port",
    "eth0, 10.0.9.2, 520, from off the link",
    "eth0, 10.0.0.0, 520, from the network's address",
    "eth0, 10.0.0.255, 520, from the broadcast address",
    "eth0, 10.0.0.1, 520, from our own address",
    "eth0, 10.0.1.1, 520, from our own address elsewhere",
    "eth1, 10.0.1.2, 520, where RIP does not run",
  })
  void aResponseThatIsNoNeighborsIsIgnored(String on, String from, int port, String what) {
    a.receives(on, from, port, 1, response("10.5.0.0/16", 1));
    assertThat(a.learned()).as(what).isEmpty();
    assertThat(a.engine.neighbors().getFirst().peers()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "10.5.0.0, 16, 0, metric 0",
    "10.5.0.0, 16, 17, metric above 16",
    "10.5.0.0, 16, 4294967295, metric far above 16",
    "10.5.0.1, 16, 1, host bits",
    "127.0.0.0, 8, 1, loopback",
    "127.1.0.0, 16, 1, loopback",
    "224.0.0.0, 24, 1, multicast",
    "240.0.0.0, 8, 1, class E",
    "255.255.255.255, 32, 1, broadcast",
    "0.1.0.0, 16, 1, net 0",
    "10.5.0.0, -2, 1, mask with holes",
  })
  void anEntryThatIsWrongIsIgnoredAndTheOthersAreNot(
      String address, int length, long metric, String what) {
    RouteEntry good = new RouteEntry(2, 0, Ipv4Address.of("10.6.0.0"), 16, Ipv4Address.ANY, 1);
    RouteEntry bad =
        new RouteEntry(2, 0, Ipv4Address.of(address), Math.max(length, 0), Ipv4Address.ANY, metric);
    byte[] datagram = response(bad, good).toByteArray();
    if (length == RouteEntry.BAD_MASK) {
      datagram[12] = (byte) 0xF0;
      datagram[13] = (byte) 0x0F;
    }
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.wrap(datagram));

    assertThat(a.learned().keySet())
        .as(what)
        .extracting(Object::toString)
        .containsExactly("10.6.0.0/16");
    assertThat(counter("RIPv2 Bad Route Entries")).isEqualTo(1);
  }

  @Test
  void anEntryOfAnotherFamilyIsIgnored() {
    a.receives(
        "eth0",
        "10.0.0.2",
        520,
        1,
        response(new RouteEntry(10, 0, Ipv4Address.of("10.6.0.0"), 16, Ipv4Address.ANY, 1)));
    assertThat(a.learned()).isEmpty();
  }

  @Test
  void aRouteThatLeadsBackToUsIsIgnored() {
    a.receives(
        "eth0",
        "10.0.0.2",
        520,
        1,
        response(
            new RouteEntry(2, 0, Ipv4Address.of("10.6.0.0"), 16, Ipv4Address.of("10.0.0.1"), 1)));
    assertThat(a.learned()).isEmpty();
  }

  @Test
  void onlyWhoOffersARouteCanTakeItBack() {
    a.receives("eth0", "10.0.0.2", 520, 1, response("10.5.0.0/16", 1));
    a.receives("eth0", "10.0.0.3", 520, 1, response("10.5.0.0/16", 16));
    assertThat(a.route("10.5.0.0/16")).isNotNull();
    a.receives("eth0", "10.0.0.2", 520, 1, response("10.5.0.0/16", 16));
    assertThat(a.route("10.5.0.0/16")).isNull();
  }

  @Test
  void noiseIsCountedAndCostsNothingElse() {
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.ofHex("0102"));
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.EMPTY);
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.ofHex("09 02 0000"));

    assertThat(a.engine.statistics(network.now).badMessages()).isEqualTo(3);
    assertThat(a.engine.neighbors().getFirst().peers()).isZero();
  }

  @Test
  void reservedFieldsAreHeededUnlessToldOtherwise() {
    byte[] datagram = response("10.5.0.0/16", 1).toByteArray();
    datagram[3] = 1;
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.wrap(datagram.clone()));
    assertThat(a.learned()).isEmpty();

    a.commit(config(neighbor("eth0").withCheckZero(false)));
    a.receives("eth0", "10.0.0.2", 520, 1, Octets.wrap(datagram));
    assertThat(a.learned()).hasSize(1);
  }

  @Test
  void anySenderIsTakenWhereTheConfigurationSaysSo() {
    a.commit(config(neighbor("eth0").withAnySender(true)));
    a.receives("eth0", "172.16.0.2", 520, 1, response("10.5.0.0/16", 1));
    assertThat(a.learned()).hasSize(1);
  }

  @Test
  void requestsAreAnsweredOnTheLinkAndNotWithoutEnd() {
    a.apply(blackhole("10.1.0.0/16"));
    a.takeSent();
    Octets request = RipMessage.wholeTableRequest(RipFlavor.RIP, 2).encode(RipFlavor.RIP);
    a.receives("eth0", "192.0.2.9", 520, 64, request);
    assertThat(a.takeSent()).isEmpty();

    for (int i = 0; i < 1000; i++) {
      a.receives("eth0", "10.0.0.2", 520, 1, request);
    }
    assertThat(a.takeSent()).hasSizeBetween(1, 20);
    network.run(Duration.ofSeconds(2));
    a.takeSent();
    a.receives("eth0", "10.0.0.2", 520, 1, request);
    assertThat(a.takeSent()).hasSize(1);
    assertThat(a.engine.statistics(network.now).requestsDropped()).isGreaterThan(900);
  }

  @Test
  void neighborsAndRoutesHaveBounds() {
    for (int i = 0; i < 300; i++) {
      RouteEntry[] entries = new RouteEntry[250];
      for (int j = 0; j < entries.length; j++) {
        int bits = Ipv4Address.of("20.0.0.0").bits() + ((i * 250 + j) << 8);
        entries[j] = new RouteEntry(2, 0, new Ipv4Address(bits), 24, Ipv4Address.ANY, 1);
      }
      a.receives("eth0", "10.0.0.2", 520, 1, response(entries));
    }
    assertThat(a.engine.statistics(network.now).learned()).isEqualTo(RouteTable.MAX_DESTINATIONS);
    assertThat(a.notices).anyMatch(n -> n.tag().equals("RIP_TABLE_FULL"));
  }

  private long counter(String name) {
    return a.engine.statistics(network.now).neighbors().getFirst().counters().stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow()
        .total();
  }

  @Test
  void ripngWantsLinkLocalSourcesAndAHopLimitThatNoRouterHasTouched() {
    VirtualNetwork six = new VirtualNetwork(RipFlavor.RIPNG, 1);
    VirtualRouter b = six.router("b");
    six.attach(b, null, "eth0", false, "2001:db8::1/64", "fe80::1/64");
    b.commit(config("eth0"));
    Octets good = response("2001:db8:5::/48", 1);
    b.receives("eth0", "2001:db8::2", 521, 255, good);
    b.receives("eth0", "fe80::2", 521, 254, good);
    b.receives("eth0", "fe80::2", 520, 255, good);
    b.receives("eth0", "fe80::1", 521, 255, good);
    for (String bad : List.of("fe80::/64", "ff02::/16", "::1/128")) {
      b.receives("eth0", "fe80::2", 521, 255, response(bad, 1));
    }
    assertThat(b.learned()).isEmpty();

    b.receives("eth0", "fe80::2", 521, 255, good);
    assertThat(b.route("2001:db8:5::/48").metric()).isEqualTo(2);
  }
}
