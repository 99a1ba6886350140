package dev.culvert.firewall.ruleset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AddressMatchTest {
  @Test
  void whatIsExcludedOfOneFamilySaysNothingAboutTheOther() {
    assertThat(matches(excluding("10.0.0.0/8"), "10.1.2.3")).isFalse();
    assertThat(matches(excluding("10.0.0.0/8"), "192.0.2.1")).isTrue();
    assertThat(matches(excluding("10.0.0.0/8"), "2001:db8::1")).isFalse();
    assertThat(matches(excluding("2001:db8::/32"), "2001:db8::1")).isFalse();
    assertThat(matches(excluding("2001:db8::/32"), "fd00::1")).isTrue();
    assertThat(matches(excluding("2001:db8::/32"), "10.1.2.3")).isFalse();
  }

  @Test
  void whatIsExcludedOfBothFamiliesLeavesTheRestOfBoth() {
    AddressMatch both = excluding("10.0.0.0/8", "2001:db8::/32");
    assertThat(matches(both, "192.0.2.1")).isTrue();
    assertThat(matches(both, "fd00::1")).isTrue();
    assertThat(matches(both, "10.1.2.3")).isFalse();
    assertThat(matches(both, "2001:db8::1")).isFalse();
  }

  /** It may have addresses of the other at any time. */
  @Test
  void anExcludedNameIsAboutTheFamiliesThatAreAskedFor() {
    AddressSet answer = AddressSet.ofHosts(List.of(IpAddress.parse("192.0.2.1").orElseThrow()));
    AddressMatch both = excludingName(DnsName.Family.BOTH).resolved(name -> answer);
    assertThat(matches(both, "192.0.2.1")).isFalse();
    assertThat(matches(both, "192.0.2.2")).isTrue();
    assertThat(matches(both, "2001:db8::1")).isTrue();
    AddressMatch ipv4 = excludingName(DnsName.Family.IPV4_ONLY).resolved(name -> answer);
    assertThat(matches(ipv4, "192.0.2.2")).isTrue();
    assertThat(matches(ipv4, "2001:db8::1")).isFalse();
  }

  private static boolean matches(AddressMatch match, String address) {
    return match.effective().contains(IpAddress.parse(address).orElseThrow());
  }

  private static AddressMatch excluding(String... prefixes) {
    AddressSet set = AddressSet.EMPTY;
    for (String prefix : prefixes) {
      set = set.union(AddressSet.of(IpPrefix.parse(prefix).orElseThrow()));
    }
    return new AddressMatch(List.of("a"), true, set, new TreeSet<>());
  }

  private static AddressMatch excludingName(DnsName.Family family) {
    DnsName name = new DnsName("www.example.net", family, 300);
    return new AddressMatch(List.of("a"), true, AddressSet.EMPTY, new TreeSet<>(List.of(name)));
  }
}
