package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.DataPathRig.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trie chooses what a look at each policy in turn chooses. */
class SelectorChooserTest {
  private static final int POLICIES = 60;
  private static final int STEPS = 600;

  private final List<OutboundWay> ways = new ArrayList<>();
  private SelectorChooser chooser = SelectorChooser.EMPTY;
  private int lastNumber;

  @Test
  void theLongestRemotePrefixHasThePacketThenTheLongestLocalOne() {
    OutboundWay all = add(any(), any());
    OutboundWay site = add(any(), range(0, 0, 65535, "10.2.0.0", "10.2.255.255"));
    OutboundWay fromHost =
        add(range(0, 0, 65535, "10.1.0.9", "10.1.0.9"), site.pair().sa().remoteSelectors().get(0));
    OutboundWay web =
        add(
            range(6, 0, 65535, "0.0.0.0", "255.255.255.255"),
            range(6, 443, 443, "10.2.0.0", "10.2.255.255"));

    assertThat(chosen("10.1.0.1", "10.9.0.1", 6, 443)).isSameAs(all);
    assertThat(chosen("10.1.0.1", "10.2.3.1", 17, 443)).isSameAs(site);
    assertThat(chosen("10.1.0.9", "10.2.3.1", 6, 443)).isSameAs(fromHost);
    assertThat(chosen("10.1.0.1", "10.2.3.1", 6, 443)).isSameAs(web);
  }

  @Test
  void thePolicyThatIsLeftIsTheOnlyOne() {
    OutboundWay first = add(any(), any());
    OutboundWay second = add(any(), range(0, 0, 65535, "10.2.0.0", "10.2.0.255"));
    assertThat(chooser.only()).isNull();
    chooser = chooser.with(first, null);
    assertThat(chooser.only()).isSameAs(second);
    chooser = chooser.with(second, null);
    assertThat(chooser.isEmpty()).isTrue();
    assertThat(chooser.only()).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyPacketGoesWhereALookAtEachPolicySendsIt(long seed) {
    Random random = new Random(seed);
    int found = 0;
    for (int step = 0; step < STEPS; step++) {
      if (ways.size() > POLICIES || (ways.size() > 1 && random.nextInt(4) == 0)) {
        chooser = chooser.with(ways.remove(random.nextInt(ways.size())), null);
      } else {
        List<TrafficSelector> locals = selectors(random);
        add(locals, selectors(random));
      }
      for (int i = 0; i < 10; i++) {
        InnerPacket packet = packet(random);
        OutboundWay expected = naive(packet);
        assertThat(chooser.choose(packet, -1))
            .as("seed %d, step %d", seed, step)
            .isSameAs(chooser.only() != null ? chooser.only() : expected);
        found += expected == null ? 0 : 1;
      }
    }
    assertThat(found).isGreaterThan(STEPS);
  }

  /** The policies in the order of their claim, by their own words. */
  private @Nullable OutboundWay naive(InnerPacket packet) {
    record Claim(OutboundWay way, TrafficSelector local, TrafficSelector remote) {}
    List<Claim> claims = new ArrayList<>();
    for (OutboundWay way : ways) {
      for (TrafficSelector remote : way.pair().sa().remoteSelectors()) {
        for (TrafficSelector local : way.pair().sa().localSelectors()) {
          claims.add(new Claim(way, local, remote));
        }
      }
    }
    return claims.stream()
        .filter(claim -> covers(claim.remote, packet, true) && covers(claim.local, packet, false))
        .filter(claim -> claim.way.admits(packet))
        .min(
            Comparator.<Claim>comparingInt(c -> -SelectorChooser.coverLength(c.remote))
                .thenComparingInt(c -> -SelectorChooser.coverLength(c.local))
                .thenComparing(c -> width(c.remote))
                .thenComparing(c -> width(c.local))
                .thenComparingInt(c -> anyProtocol(c.remote) + anyProtocol(c.local))
                .thenComparingInt(c ->
                    c.remote.endPort()
                        - c.remote.startPort()
                        + c.local.endPort()
                        - c.local.startPort())
                .thenComparingLong(c -> -c.way.order()))
        .map(Claim::way)
        .orElse(null);
  }

  /** The packet's address lies in the longest prefix that holds the range. */
  private static boolean covers(TrafficSelector selector, InnerPacket packet, boolean remote) {
    long high =
        remote ? packet.destinationHigh(packet.memory()) : packet.sourceHigh(packet.memory());
    long low = remote ? packet.destinationLow(packet.memory()) : packet.sourceLow(packet.memory());
    int common =
        AddressTrie.commonLength(
            high,
            low,
            Selectors.high(selector.startAddress()),
            Selectors.low(selector.startAddress()));
    return common >= SelectorChooser.coverLength(selector);
  }

  private static BigInteger width(TrafficSelector selector) {
    return number(selector, false).subtract(number(selector, true));
  }

  private static BigInteger number(TrafficSelector selector, boolean start) {
    var address = start ? selector.startAddress() : selector.endAddress();
    BigInteger high = new BigInteger(Long.toUnsignedString(Selectors.high(address)));
    return high.shiftLeft(64).add(new BigInteger(Long.toUnsignedString(Selectors.low(address))));
  }

  private static int anyProtocol(TrafficSelector selector) {
    return selector.protocol() == 0 ? 1 : 0;
  }

  private static List<TrafficSelector> selectors(Random random) {
    List<TrafficSelector> selectors = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      selectors.add(selector(random));
    }
    return selectors;
  }

  /** Among few addresses, so that ranges meet. */
  private static TrafficSelector selector(Random random) {
    int protocol = random.nextInt(3) == 0 ? 17 : 0;
    boolean isPort = protocol != 0 && random.nextBoolean();
    int from = isPort ? random.nextInt(3) : 0;
    int to = isPort ? from + random.nextInt(3) : 65_535;
    if (random.nextInt(8) == 0) {
      return random.nextBoolean() ? TrafficSelector.ANY_IPV4 : TrafficSelector.ANY_IPV6;
    }
    if (random.nextBoolean()) {
      int start = 0x0A00_0000 + random.nextInt(64);
      int end = start + (random.nextBoolean() ? 0 : random.nextInt(64));
      return new TrafficSelector(protocol, from, to, new Ipv4Address(start), new Ipv4Address(end));
    }
    long start = random.nextInt(64);
    long end = start + random.nextInt(64);
    return new TrafficSelector(
        protocol,
        from,
        to,
        new Ipv6Address(0x2001_0db8_0000_0000L, start),
        new Ipv6Address(0x2001_0db8_0000_0000L, end));
  }

  private static InnerPacket packet(Random random) {
    boolean ipv6 = random.nextBoolean();
    String source = address(ipv6, random.nextInt(80));
    String destination = address(ipv6, random.nextInt(80));
    return TestPackets.parsed(
        TestPackets.udp(
            new Ip(source, destination, 0, true, 7),
            random.nextInt(5),
            random.nextInt(5),
            new byte[4]));
  }

  private static String address(boolean ipv6, int number) {
    return ipv6 ? "2001:db8::" + Integer.toHexString(number) : "10.0.0." + number;
  }

  private static TrafficSelector any() {
    return TrafficSelector.ANY_IPV4;
  }

  private OutboundWay add(TrafficSelector local, TrafficSelector remote) {
    return add(List.of(local), List.of(remote));
  }

  private OutboundWay add(List<TrafficSelector> locals, List<TrafficSelector> remotes) {
    int number = ++lastNumber;
    ChildSa sa =
        DataPathRig.sa().of(number % 3, number).number(number).selectors(locals, remotes).build();
    JceAeadProvider aead = new JceAeadProvider();
    SaPair pair =
        new SaPair(sa, 0, new InboundSa(sa, aead), new OutboundSa(sa, aead), Peer.of(sa.remote()));
    OutboundWay way = new OutboundWay(pair, null, number);
    ways.add(way);
    chooser = chooser.with(null, way);
    return way;
  }

  private @Nullable OutboundWay chosen(String source, String destination, int protocol, int port) {
    Ip ip = new Ip(source, destination, 0, true, 7);
    byte[] packet =
        protocol == InnerPacket.UDP
            ? TestPackets.udp(ip, 1, port, new byte[1])
            : TestPackets.tcp(ip, 1, TestPackets.ACK, new byte[1]);
    return chooser.choose(TestPackets.parsed(packet), -1);
  }
}
