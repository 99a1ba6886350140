package dev.culvert.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.firewall.path.Flow;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** First octets of packets, as Linux copies them to whoever reads a log group. */
class LoggedFlowTest {
  private static final String TCP =
      """
      4500003cce45400040066e747f0000017f000001     IPv4, TCP, 127.0.0.1 to itself
      8306176fd60929a100000000a002ffd7fe300000     port 33542 to 5999, SYN
      """;

  private static final String WITH_OPTIONS =
      """
      46000020 00010000 40110000 c0000201 c6336407   IHL 6, UDP, 192.0.2.1 to 198.51.100.7
      94040000                                     router alert
      1f900035 000c0000                            port 8080 to 53
      """;

  private static final String LATER_FRAGMENT =
      """
      4500003c 000100b9 40110000 c0000201 c6336407   UDP, fragment offset 185
      ffffffffffffffff                             anything
      """;

  private static final String PING_V6 =
      """
      60000000 00103a40                            ICMPv6
      20010db8000000000000000000000001             2001:db8::1
      20010db8000000000000000000000002             2001:db8::2
      80001234 002a0001                            echo request, identifier 42
      """;

  private static final String FRAGMENTED_V6 =
      """
      60000000 00183c40                            destination options
      20010db8000000000000000000000001             2001:db8::1
      20010db8000000000000000000000002             2001:db8::2
      2c00 010400000000                            then a fragment header
      11000001 00000007                            UDP, offset 0, more
      1f900035 000c0000                            port 8080 to 53
      """;

  @Test
  void flowsAreReadFromHeadersOfBothFamilies() {
    assertThat(flow(TCP))
        .isEqualTo(
            new Flow(Ipv4Address.of("127.0.0.1"), Ipv4Address.of("127.0.0.1"), 6, 33542, 5999));
    assertThat(flow(WITH_OPTIONS))
        .isEqualTo(
            new Flow(Ipv4Address.of("192.0.2.1"), Ipv4Address.of("198.51.100.7"), 17, 8080, 53));
    assertThat(flow(PING_V6))
        .isEqualTo(
            Flow.icmp(
                Ipv6Address.of("2001:db8::1"), Ipv6Address.of("2001:db8::2"), 58, 128, 0, 42));
    assertThat(flow(FRAGMENTED_V6))
        .isEqualTo(
            new Flow(Ipv6Address.of("2001:db8::1"), Ipv6Address.of("2001:db8::2"), 17, 8080, 53));
  }

  @Test
  void aLaterFragmentHasNoPorts() {
    assertThat(flow(LATER_FRAGMENT))
        .isEqualTo(Flow.of(Ipv4Address.of("192.0.2.1"), Ipv4Address.of("198.51.100.7"), 17));
  }

  @Test
  void whateverIsWrongWithAPacketNothingIsThrown() {
    Random random = new Random(9);
    for (String packet : List.of(TCP, WITH_OPTIONS, LATER_FRAGMENT, PING_V6, FRAGMENTED_V6)) {
      Octets whole = octets(packet);
      for (int length = 0; length < whole.length(); length++) {
        LoggedFlow.decode(whole.slice(0, length).reader());
      }
      for (int i = 0; i < 20_000; i++) {
        byte[] odd = whole.toByteArray();
        for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
          odd[random.nextInt(odd.length)] = (byte) random.nextInt();
        }
        LoggedFlow.decode(Octets.wrap(odd).reader());
      }
    }
  }

  private static Flow flow(String hex) {
    return switch (LoggedFlow.decode(octets(hex).reader())) {
      case Decoded.Ok<Flow>(Flow flow) -> flow;
      case Decoded.Malformed<Flow> malformed -> throw new AssertionError(malformed.toString());
    };
  }

  private static Octets octets(String hex) {
    return Octets.ofHex(hex.replaceAll("   +.*", ""));
  }
}
