package dev.culvert.firewall.ruleset;

import static dev.culvert.firewall.application.ServiceMatch.icmp;
import static dev.culvert.firewall.application.ServiceMatch.protocol;
import static dev.culvert.firewall.application.ServiceMatch.tcp;
import static dev.culvert.firewall.application.ServiceMatch.udp;

import dev.culvert.firewall.application.ServiceMatch;
import java.util.List;

/** The words of {@code host-inbound-traffic protocols}, and what each lets reach the router. */
public enum HostProtocol {
  BFD("bfd", udp(3784, 3785), udp(4784, 4784)),
  BGP("bgp", tcp(179, 179)),
  DVMRP("dvmrp", protocol(ServiceMatch.IGMP)),
  IGMP("igmp", protocol(ServiceMatch.IGMP)),
  LDP("ldp", udp(646, 646), tcp(646, 646)),
  MSDP("msdp", tcp(639, 639)),
  NDP("ndp", icmp(ServiceMatch.ICMPV6, 133), icmp(ServiceMatch.ICMPV6, 134)),
  NHRP("nhrp", protocol(54)),
  OSPF("ospf", protocol(ServiceMatch.OSPF)),
  OSPF3("ospf3", protocol(ServiceMatch.OSPF)),
  PGM("pgm", protocol(113)),
  PIM("pim", protocol(ServiceMatch.PIM)),
  RIP("rip", udp(520, 520)),
  RIPNG("ripng", udp(521, 521)),
  ROUTER_DISCOVERY(
      "router-discovery",
      icmp(ServiceMatch.ICMP, 9),
      icmp(ServiceMatch.ICMP, 10),
      icmp(ServiceMatch.ICMPV6, 133),
      icmp(ServiceMatch.ICMPV6, 134)),
  RSVP("rsvp", protocol(46)),
  SAP("sap", udp(9875, 9875)),
  VRRP("vrrp", protocol(ServiceMatch.VRRP));

  /** Router advertisement and solicitation (RFC 1256 §3). */
  public static final List<Integer> ROUTER_DISCOVERY_ICMP = List.of(9, 10);

  private final String junosName;

  // An unmodifiable list of records.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<ServiceMatch> services;

  HostProtocol(String junosName, ServiceMatch... services) {
    this.junosName = junosName;
    this.services = List.of(services);
  }

  public String junosName() {
    return junosName;
  }

  /** What is let in; the two OSPFs are told apart by the family of the packet, not by these. */
  public List<ServiceMatch> services() {
    return services;
  }
}
