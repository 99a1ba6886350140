package dev.culvert.firewall.config;

import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The applications that Junos brings along, {@code junos-…}. */
final class PredefinedApplications {
  /**
   * Name, then terms set off by commas: protocol, destination ports or ICMP type and code, and the
   * gateway that looks into it.
   */
  private static final String TABLE =
      """
      junos-aol tcp 5190-5193
      junos-bgp tcp 179
      junos-biff udp 512
      junos-bootpc udp 68
      junos-bootps udp 67
      junos-chargen udp 19
      junos-cvspserver tcp 2401
      junos-dhcp-client udp 68
      junos-dhcp-relay udp 67
      junos-dhcp-server udp 67
      junos-discard udp 9
      junos-dns-tcp tcp 53
      junos-dns-udp udp 53
      junos-echo udp 7
      junos-finger tcp 79
      junos-ftp tcp 21 ftp
      junos-ftp-data tcp 20
      junos-gnutella udp 6346-6347
      junos-gopher tcp 70
      junos-gprs-gtp-c udp 2123
      junos-gprs-gtp-u udp 2152
      junos-gprs-gtp-v0 udp 3386
      junos-gre gre
      junos-gtp udp 2123
      junos-h323 tcp 1720, udp 1719, tcp 1503, tcp 389, tcp 522, tcp 1731
      junos-http tcp 80
      junos-http-ext tcp 7001
      junos-https tcp 443
      junos-icmp-all icmp
      junos-icmp-ping icmp 8
      junos-icmp6-all icmp6
      junos-icmp6-dst-unreach-addr icmp6 1/3
      junos-icmp6-dst-unreach-admin icmp6 1/1
      junos-icmp6-dst-unreach-beyond icmp6 1/2
      junos-icmp6-dst-unreach-port icmp6 1/4
      junos-icmp6-dst-unreach-route icmp6 1/0
      junos-icmp6-echo-reply icmp6 129
      junos-icmp6-echo-request icmp6 128
      junos-icmp6-packet-to-big icmp6 2/0
      junos-icmp6-packet-too-big icmp6 2/0
      junos-icmp6-param-prob-header icmp6 4/0
      junos-icmp6-param-prob-nexthdr icmp6 4/1
      junos-icmp6-param-prob-option icmp6 4/2
      junos-icmp6-time-exceed-reassembly icmp6 3/1
      junos-icmp6-time-exceed-transit icmp6 3/0
      junos-ident tcp 113
      junos-ike udp 500
      junos-ike-nat udp 4500
      junos-imap tcp 143
      junos-imaps tcp 993
      junos-internet-locator-service tcp 389
      junos-irc tcp 6660-6669
      junos-l2tp udp 1701
      junos-ldap tcp 389
      junos-ldp-tcp tcp 646
      junos-ldp-udp udp 646
      junos-lpr tcp 515
      junos-mail tcp 25
      junos-mgcp-ca udp 2727
      junos-mgcp-ua udp 2427
      junos-ms-rpc-tcp tcp 135
      junos-ms-rpc-udp udp 135
      junos-ms-sql tcp 1433
      junos-msn tcp 1863
      junos-nbds udp 138
      junos-nbname udp 137
      junos-netbios-session tcp 139
      junos-nfs udp 111
      junos-nfsd-tcp tcp 2049
      junos-nfsd-udp udp 2049
      junos-nntp tcp 119
      junos-ns-global tcp 15397
      junos-ns-global-pro tcp 15397
      junos-nsm udp 69
      junos-ntalk udp 518
      junos-ntp udp 123
      junos-ospf ospf
      junos-pc-anywhere udp 5632
      junos-ping icmp
      junos-pingv6 icmp6
      junos-pop3 tcp 110
      junos-pptp tcp 1723 pptp
      junos-printer tcp 515
      junos-r2cp udp 28672
      junos-radacct udp 1813
      junos-radius udp 1812
      junos-rdp tcp 3389
      junos-realaudio tcp 554
      junos-rip udp 520
      junos-rsh tcp 514
      junos-rtsp tcp 554
      junos-sccp tcp 2000
      junos-sctp-any sctp
      junos-sip udp 5060 sip, tcp 5060
      junos-smb tcp 139, tcp 445
      junos-smb-session tcp 445
      junos-smtp tcp 25
      junos-smtps tcp 587, tcp 465
      junos-snmp-agentx tcp 705
      junos-snpp tcp 444
      junos-sql-monitor udp 1434
      junos-sqlnet-v1 tcp 1525
      junos-sqlnet-v2 tcp 1521
      junos-ssh tcp 22
      junos-stun-tcp tcp 3478-3479
      junos-stun-udp udp 3478-3479
      junos-sun-rpc-portmap-tcp tcp 111
      junos-sun-rpc-portmap-udp udp 111
      junos-sun-rpc-tcp tcp 111
      junos-sun-rpc-udp udp 111
      junos-syslog udp 514
      junos-tacacs tcp 49
      junos-tacacs-ds tcp 65
      junos-talk udp 517
      junos-tcp-any tcp
      junos-telnet tcp 23
      junos-tftp udp 69 tftp
      junos-twamp tcp 862
      junos-udp-any udp
      junos-uucp udp 540
      junos-vdo-live udp 7000-7010
      junos-vnc tcp 5800
      junos-wais tcp 210
      junos-who udp 513
      junos-whois tcp 43
      junos-winframe tcp 1494
      junos-wxcontrol tcp 3578
      junos-x-windows tcp 6000-6063
      junos-xnm-clear-text tcp 3221
      junos-xnm-ssl tcp 3220
      junos-ymsg tcp 5050
      """;

  private static final String SET_TABLE =
      """
      junos-cifs junos-netbios-session junos-smb-session
      junos-mgcp junos-mgcp-ua junos-mgcp-ca
      junos-ms-rpc junos-ms-rpc-tcp junos-ms-rpc-udp
      junos-routing-inbound junos-bgp junos-rip junos-ldp-tcp junos-ldp-udp
      junos-stun junos-stun-tcp junos-stun-udp
      junos-sun-rpc junos-sun-rpc-tcp junos-sun-rpc-udp
      junos-sun-rpc-portmap junos-sun-rpc-portmap-tcp junos-sun-rpc-portmap-udp
      """;

  /**
   * Those that match a program inside RPC: by its number or UUID, and by whatever port the port
   * mapper has told. No filter of the kernel's reads these.
   */
  private static final Set<String> RPC_PROGRAMS =
      Set.copyOf(
          List.of(
              """
              junos-ms-rpc-any junos-ms-rpc-epm junos-ms-rpc-iis-com junos-ms-rpc-iis-com-1
              junos-ms-rpc-iis-com-adminbase junos-ms-rpc-msexchange
              junos-ms-rpc-msexchange-directory-nsp junos-ms-rpc-msexchange-directory-rfr
              junos-ms-rpc-msexchange-info-store junos-ms-rpc-uuid-any-tcp
              junos-ms-rpc-uuid-any-udp junos-ms-rpc-wmic junos-ms-rpc-wmic-admin
              junos-ms-rpc-wmic-admin2 junos-ms-rpc-wmic-mgmt junos-ms-rpc-wmic-webm-callresult
              junos-ms-rpc-wmic-webm-classobject junos-ms-rpc-wmic-webm-level1login
              junos-ms-rpc-wmic-webm-login-clientid junos-ms-rpc-wmic-webm-login-helper
              junos-ms-rpc-wmic-webm-objectsink junos-ms-rpc-wmic-webm-refreshing-services
              junos-ms-rpc-wmic-webm-remote-refresher junos-ms-rpc-wmic-webm-services
              junos-ms-rpc-wmic-webm-shutdown junos-sun-rpc-any junos-sun-rpc-any-tcp
              junos-sun-rpc-any-udp junos-sun-rpc-mountd junos-sun-rpc-mountd-tcp
              junos-sun-rpc-mountd-udp junos-sun-rpc-nfs junos-sun-rpc-nfs-access
              junos-sun-rpc-nfs-tcp junos-sun-rpc-nfs-udp junos-sun-rpc-nlockmgr
              junos-sun-rpc-nlockmgr-tcp junos-sun-rpc-nlockmgr-udp junos-sun-rpc-rquotad
              junos-sun-rpc-rquotad-tcp junos-sun-rpc-rquotad-udp junos-sun-rpc-ruserd
              junos-sun-rpc-ruserd-tcp junos-sun-rpc-ruserd-udp junos-sun-rpc-sadmind
              junos-sun-rpc-sadmind-tcp junos-sun-rpc-sadmind-udp junos-sun-rpc-sprayd
              junos-sun-rpc-sprayd-tcp junos-sun-rpc-sprayd-udp junos-sun-rpc-status
              junos-sun-rpc-status-tcp junos-sun-rpc-status-udp junos-sun-rpc-walld
              junos-sun-rpc-walld-tcp junos-sun-rpc-walld-udp junos-sun-rpc-ypbind
              junos-sun-rpc-ypbind-tcp junos-sun-rpc-ypbind-udp junos-sun-rpc-ypserv
              junos-sun-rpc-ypserv-tcp junos-sun-rpc-ypserv-udp
              """
                  .strip()
                  .split("\\s+", -1)));

  private static final Map<String, Application> APPLICATIONS = applications();
  private static final Map<String, List<String>> SETS = sets();

  private PredefinedApplications() {}

  static @Nullable Application application(String name) {
    return APPLICATIONS.get(name);
  }

  /** The names of a set's applications, or null if there is no such set. */
  static @Nullable List<String> set(String name) {
    return SETS.get(name);
  }

  /** Whether Junos knows that name, and it cannot be matched here. */
  static boolean isRpcProgram(String name) {
    return RPC_PROGRAMS.contains(name);
  }

  /** Every name that can be matched, in order. */
  static Set<String> names() {
    Set<String> names = new TreeSet<>(APPLICATIONS.keySet());
    names.addAll(SETS.keySet());
    return names;
  }

  private static Map<String, Application> applications() {
    Map<String, Application> all = new LinkedHashMap<>();
    for (String line : TABLE.lines().toList()) {
      int blank = line.indexOf(' ');
      String name = line.substring(0, blank);
      List<ApplicationTerm> terms = new ArrayList<>();
      for (String term : line.substring(blank + 1).split(", ", -1)) {
        terms.add(term(List.of(term.split(" ", -1))));
      }
      all.put(name, new Application(name, terms));
    }
    return Collections.unmodifiableMap(all);
  }

  private static ApplicationTerm term(List<String> words) {
    int protocol = protocol(words.getFirst());
    Alg alg = words.size() == 3 ? alg(words.get(2)) : null;
    return new ApplicationTerm(match(protocol, words), alg, null);
  }

  private static ServiceMatch match(int protocol, List<String> words) {
    if (words.size() == 1) {
      return ServiceMatch.protocol(protocol);
    }
    if (ServiceMatch.isIcmp(protocol)) {
      String[] numbers = words.get(1).split("/", -1);
      Integer code = numbers.length == 1 ? null : Integer.valueOf(numbers[1]);
      return new ServiceMatch(
          protocol, PortRange.ANY, PortRange.ANY, Integer.valueOf(numbers[0]), code);
    }
    String[] ports = words.get(1).split("-", -1);
    int low = Integer.parseInt(ports[0]);
    int high = Integer.parseInt(ports[ports.length - 1]);
    return new ServiceMatch(protocol, PortRange.ANY, new PortRange(low, high), null, null);
  }

  private static int protocol(String word) {
    return switch (word) {
      case "tcp" -> ServiceMatch.TCP;
      case "udp" -> ServiceMatch.UDP;
      case "sctp" -> ServiceMatch.SCTP;
      case "icmp" -> ServiceMatch.ICMP;
      case "icmp6" -> ServiceMatch.ICMPV6;
      case "gre" -> ServiceMatch.GRE;
      case "ospf" -> ServiceMatch.OSPF;
      default -> throw new IllegalStateException(word);
    };
  }

  private static Alg alg(String word) {
    for (Alg alg : Alg.values()) {
      if (alg.junosName().equals(word)) {
        return alg;
      }
    }
    throw new IllegalStateException(word);
  }

  private static Map<String, List<String>> sets() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    for (String line : SET_TABLE.lines().toList()) {
      List<String> words = List.of(line.split(" ", -1));
      all.put(words.getFirst(), words.subList(1, words.size()));
    }
    return Collections.unmodifiableMap(all);
  }
}
