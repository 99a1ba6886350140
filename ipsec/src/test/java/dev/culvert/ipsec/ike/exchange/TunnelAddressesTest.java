package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TunnelAddressesTest {
  @Test
  void whatIsEncodedIsDecoded() {
    List<IpAddress> addresses = List.of(address("10.0.0.1"), address("2001:db8::1"));
    Octets data = TunnelAddresses.encode(addresses);
    assertThat(data).isEqualTo(Octets.ofHex("040a0000010620010db8000000000000000000000001"));
    assertThat(TunnelAddresses.decode(data)).isEqualTo(addresses);
  }

  @Test
  void whatMakesNoSenseIsPassedOver() {
    assertThat(TunnelAddresses.decode(Octets.EMPTY)).isEmpty();
    assertThat(decode("04")).isEmpty();
    assertThat(decode("040a0000")).isEmpty();
    assertThat(decode("050a000001")).isEmpty();
    assertThat(decode("0400000000")).isEmpty();
    assertThat(decode("04e0000005")).isEmpty();
    assertThat(decode("040a00000109")).containsExactly(address("10.0.0.1"));
    byte[] many = new byte[5 * 100];
    for (int i = 0; i < many.length; i += 5) {
      many[i] = 4;
      many[i + 1] = 10;
      many[i + 4] = (byte) (i / 5 + 1);
    }
    assertThat(TunnelAddresses.decode(Octets.wrap(many))).hasSize(TunnelAddresses.MOST);
  }

  @Test
  void anyOctetsAreTaken() {
    Random random = new Random(1);
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      byte[] octets = new byte[random.nextInt(80)];
      random.nextBytes(octets);
      if (octets.length > 0 && random.nextBoolean()) {
        octets[0] = 4;
      }
      sizes.add(TunnelAddresses.decode(Octets.wrap(octets)).size());
    }
    assertThat(sizes).allMatch(size -> size <= TunnelAddresses.MOST).contains(1);
  }

  private static List<IpAddress> decode(String hex) {
    return TunnelAddresses.decode(Octets.ofHex(hex));
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
