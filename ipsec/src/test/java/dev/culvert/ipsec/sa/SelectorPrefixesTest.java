package dev.culvert.ipsec.sa;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectorPrefixesTest {
  @Test
  void aRangeIsTheFewestPrefixesThatHoldIt() {
    assertThat(prefixes("10.0.0.0", "10.0.0.255")).containsExactly("10.0.0.0/24");
    assertThat(prefixes("10.0.0.1", "10.0.0.6"))
        .containsExactly("10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32");
    assertThat(prefixes("0.0.0.0", "255.255.255.255")).containsExactly("0.0.0.0/0");
    assertThat(prefixes("255.255.255.255", "255.255.255.255"))
        .containsExactly("255.255.255.255/32");
    assertThat(prefixes("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).containsExactly("::/0");
    assertThat(prefixes("2001:db8::", "2001:db8::1:ffff")).containsExactly("2001:db8::/111");
  }

  @Test
  void aPrefixIsTheRangeThatIsThePrefix() {
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      byte[] octets = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(octets);
      IpPrefix prefix =
          IpPrefix.of(IpAddress.ofBytes(octets), random.nextInt(octets.length * 8 + 1));
      TrafficSelector selector = SelectorPrefixes.selector(prefix, 0, 0, 65_535);
      assertThat(SelectorPrefixes.prefixes(selector)).containsExactly(prefix);
    }
  }

  private static List<String> prefixes(String first, String last) {
    return SelectorPrefixes.prefixes(
            new TrafficSelector(
                0,
                0,
                65_535,
                IpAddress.parse(first).orElseThrow(),
                IpAddress.parse(last).orElseThrow()))
        .stream()
        .map(IpPrefix::toString)
        .toList();
  }
}
