package dev.culvert.firewall.ruleset;

import static dev.culvert.firewall.application.ServiceMatch.icmp;
import static dev.culvert.firewall.application.ServiceMatch.protocol;
import static dev.culvert.firewall.application.ServiceMatch.tcp;
import static dev.culvert.firewall.application.ServiceMatch.udp;

import dev.culvert.firewall.application.ServiceMatch;
import java.util.List;

/** The words of {@code host-inbound-traffic system-services}, and what each lets in. */
public enum SystemService {
  BOOTP("bootp", udp(67, 68)),
  DHCP("dhcp", udp(67, 68)),
  DHCPV6("dhcpv6", udp(546, 547)),
  DNS("dns", udp(53, 53), tcp(53, 53)),
  FINGER("finger", tcp(79, 79)),
  FTP("ftp", tcp(20, 21)),
  HTTP("http", tcp(80, 80)),
  HTTPS("https", tcp(443, 443)),
  IDENT_RESET("ident-reset", tcp(113, 113)),
  /** With the ESP that the IKE SAs are there for. */
  IKE("ike", udp(500, 500), udp(4500, 4500), protocol(ServiceMatch.ESP)),
  LSPING("lsping", udp(3503, 3503)),
  NETCONF("netconf", tcp(830, 830)),
  NTP("ntp", udp(123, 123)),
  PING("ping", icmp(ServiceMatch.ICMP, 8), icmp(ServiceMatch.ICMPV6, 128)),
  R2CP("r2cp", udp(28672, 28672)),
  REVERSE_SSH("reverse-ssh", tcp(2901, 2901)),
  REVERSE_TELNET("reverse-telnet", tcp(2900, 2900)),
  RLOGIN("rlogin", tcp(513, 513)),
  RPM("rpm", tcp(7, 7), udp(7, 7), icmp(ServiceMatch.ICMP, 13)),
  RSH("rsh", tcp(514, 514)),
  SNMP("snmp", udp(161, 161)),
  SNMP_TRAP("snmp-trap", udp(162, 162)),
  SSH("ssh", tcp(22, 22)),
  TCP_ENCAP("tcp-encap", tcp(500, 500), tcp(4500, 4500)),
  TELNET("telnet", tcp(23, 23)),
  TFTP("tftp", udp(69, 69)),
  TRACEROUTE("traceroute", udp(33434, 33534)),
  XNM_CLEAR_TEXT("xnm-clear-text", tcp(3221, 3221)),
  XNM_SSL("xnm-ssl", tcp(3220, 3220));

  private final String junosName;

  // An unmodifiable list of records.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<ServiceMatch> services;

  SystemService(String junosName, ServiceMatch... services) {
    this.junosName = junosName;
    this.services = List.of(services);
  }

  public String junosName() {
    return junosName;
  }

  public List<ServiceMatch> services() {
    return services;
  }
}
