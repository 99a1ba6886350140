package dev.culvert.tun.conntrack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.NetworkNamespace;
import dev.culvert.tun.Shell;
import dev.culvert.tun.conntrack.ConntrackEvents.Kind;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import dev.culvert.tun.netlink.Sysctl;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions over the loopback device of a namespace of their own, and what rules log there. */
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConntrackLabTest {
  private static final int WAIT_MILLIS = 20_000;
  private static final int LOG_GROUP = 7;

  /** Sessions to port 5001 have mark 0x101, those to others 0x202. */
  private static final String RULES =
      """
      table inet test {
        chain nat {
          type nat hook output priority -100;
          ip daddr 10.9.9.9 udp dport 5001 dnat to 127.0.0.1:5555
        }
        chain output {
          type filter hook output priority 0;
          ct state new udp dport 5001 ct mark set 0x101
          ct state new udp dport != 5001 ct mark set 0x202
          tcp dport 5999 log prefix "denied: " group 7 drop
        }
      }
      """;

  private final ConntrackSysctl sysctl = new ConntrackSysctl();
  private NetworkNamespace namespace;

  @BeforeEach
  void enter() throws Exception {
    namespace = new NetworkNamespace();
    namespace.run(() -> {
      Shell.run(
          "ip link set lo up; ip addr add 10.1.1.1/32 dev lo; nft -f - <<'END'\n"
              + RULES
              + "END\n");
      sysctl.apply(
          new TreeMap<>(
              Map.of(
                  "nf_conntrack_acct", 1,
                  "nf_conntrack_timestamp", 1,
                  "nf_conntrack_events", 1)));
    });
  }

  @AfterEach
  void leave() {
    namespace.close();
  }

  @Test
  void aUdpSessionIsListedWithBothItsDirections() throws Exception {
    namespace.run(() -> {
      Instant before = Instant.now().minusSeconds(1);
      try (DatagramSocket to = udp("127.0.0.1", 5001);
          DatagramSocket from = udp("127.0.0.1", 4001);
          Conntrack conntrack = Conntrack.open()) {
        send(from, to, 72);
        send(from, to, 72);
        send(to, from, 100);
        assertThat(sessions(conntrack, SessionFilter.ALL))
            .singleElement()
            .satisfies(session -> {
              Ipv4Address loopback = Ipv4Address.of("127.0.0.1");
              assertThat(session.original())
                  .isEqualTo(
                      new SessionTuple(
                          loopback, loopback, SessionTuple.UDP, new Upper.Ports(4001, 5001)));
              assertThat(session.reply())
                  .isEqualTo(
                      new SessionTuple(
                          loopback, loopback, SessionTuple.UDP, new Upper.Ports(5001, 4001)));
              assertThat(session.mark()).isEqualTo(0x101);
              assertThat(session.originalCount()).isEqualTo(new SessionCount(2, 200));
              assertThat(session.replyCount()).isEqualTo(new SessionCount(1, 128));
              assertThat(session.status().hasSeenReply()).isTrue();
              assertThat(session.status().isDestinationTranslated()).isFalse();
              assertThat(session.timeout()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(3));
              assertThat(session.start()).isBetween(before, Instant.now().plusSeconds(1));
              assertThat(session.stop()).isNull();
              assertThat(session.tcpState()).isNull();
              assertThat(session.helper()).isNull();
              assertThat(session.id()).isPositive();
            });
        assertThat(Conntrack.count()).isEqualTo(1);
        assertThat(Conntrack.limit()).isGreaterThan(1);
      }
    });
  }

  @Test
  void ofATranslatedSessionTheReplyComesFromAnotherAddress() throws Exception {
    namespace.run(() -> {
      try (DatagramSocket from = udp("10.1.1.1", 4001);
          Conntrack conntrack = Conntrack.open()) {
        Shell.run("ip route add 10.9.9.9/32 dev lo");
        byte[] octets = new byte[10];
        from.send(
            new DatagramPacket(
                octets,
                octets.length,
                new InetSocketAddress(InetAddress.ofLiteral("10.9.9.9"), 5001)));
        assertThat(sessions(conntrack, SessionFilter.ALL))
            .singleElement()
            .satisfies(session -> {
              assertThat(session.original().destination()).isEqualTo(Ipv4Address.of("10.9.9.9"));
              assertThat(session.reply().source()).isEqualTo(Ipv4Address.of("127.0.0.1"));
              assertThat(session.status().isDestinationTranslated()).isTrue();
              assertThat(session.asRouted())
                  .isEqualTo(
                      new SessionTuple(
                          Ipv4Address.of("10.1.1.1"),
                          Ipv4Address.of("127.0.0.1"),
                          SessionTuple.UDP,
                          new Upper.Ports(4001, 5555)));
            });
      }
    });
  }

  @Test
  void tcpHasAStateAndIpv6AndIcmpAreListedToo() throws Exception {
    namespace.run(() -> {
      InetAddress loopback = InetAddress.ofLiteral("::1");
      try (ServerSocket server = new ServerSocket(5002, 1, loopback);
          Socket client = new Socket(loopback, 5002);
          Conntrack conntrack = Conntrack.open()) {
        assertThat(server.isBound() && client.isConnected()).isTrue();
        Shell.run("ping -c 1 -W 5 127.0.0.1; ping -c 1 -W 5 ::1");
        List<Session> ofIpv6 =
            sessions(
                conntrack, new SessionFilter(AddressFamily.INET6, null, null, null, null, null));
        assertThat(ofIpv6)
            .extracting(session -> session.original().protocol())
            .containsExactlyInAnyOrder(SessionTuple.TCP, SessionTuple.ICMPV6);
        Session tcp =
            sessions(conntrack, new SessionFilter(null, null, null, SessionTuple.TCP, null, null))
                .getFirst();
        assertThat(tcp.tcpState()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(tcp.status().isAssured()).isTrue();
        assertThat(tcp.original().destination()).isEqualTo(Ipv6Address.of("::1"));
        assertThat(tcp.original().destinationPort()).isEqualTo(5002);
        Session icmp =
            sessions(conntrack, new SessionFilter(null, null, null, SessionTuple.ICMP, null, null))
                .getFirst();
        assertThat(icmp.original().upper())
            .isInstanceOfSatisfying(Upper.Icmp.class, echo -> assertThat(echo.type()).isEqualTo(8));
        assertThat(icmp.reply().upper())
            .isInstanceOfSatisfying(Upper.Icmp.class, echo -> assertThat(echo.type()).isZero());

        // Each kind of tuple is understood by the kernel when it comes back.
        for (Session session : sessions(conntrack, SessionFilter.ALL)) {
          assertThat(conntrack.delete(session)).as(session.toString()).isTrue();
          assertThat(conntrack.delete(session)).isFalse();
        }
        assertThat(sessions(conntrack, SessionFilter.ALL)).isEmpty();
      }
    });
  }

  @Test
  void sessionsAreDeletedByATestAndByFilter() throws Exception {
    namespace.run(() -> {
      try (DatagramSocket first = udp("127.0.0.1", 5001);
          DatagramSocket second = udp("127.0.0.1", 5002);
          Conntrack conntrack = Conntrack.open()) {
        for (int i = 0; i < 50; i++) {
          try (DatagramSocket from = udp("127.0.0.1", 10_000 + i)) {
            send(from, first, 10);
            send(from, second, 10);
          }
        }
        assertThat(sessions(conntrack, SessionFilter.ALL)).hasSize(100);
        List<Session> some = new ArrayList<>();
        assertThat(conntrack.dump(SessionFilter.ALL, 3, some::add)).isFalse();
        assertThat(some).hasSize(3);

        assertThat(conntrack.deleteAll(SessionFilter.ALL, session -> session.mark() == 0x101))
            .isEqualTo(50);
        assertThat(sessions(conntrack, SessionFilter.ALL))
            .hasSize(50)
            .allMatch(session -> session.mark() == 0x202);

        Session one = sessions(conntrack, SessionFilter.ALL).getFirst();
        SessionFilter sourcePort =
            new SessionFilter(
                AddressFamily.INET,
                IpPrefix.parse("127.0.0.0/8").orElseThrow(),
                IpPrefix.parse("127.0.0.1/32").orElseThrow(),
                SessionTuple.UDP,
                one.original().sourcePort(),
                5002);
        assertThat(conntrack.deleteAll(sourcePort)).isEqualTo(1);
        assertThat(sessions(conntrack, SessionFilter.ALL)).hasSize(49).doesNotContain(one);
        assertThat(conntrack.deleteAll(SessionFilter.ALL, session -> session.mark() == 0)).isZero();
        assertThat(conntrack.deleteAll(SessionFilter.ALL)).isEqualTo(49);
        assertThat(Conntrack.count()).isZero();
      }
    });
  }

  @Test
  void someBitsOfAMarkAreGivenAnotherValueAndTheOthersStay() throws Exception {
    namespace.run(() -> {
      try (DatagramSocket to = udp("127.0.0.1", 5001);
          DatagramSocket from = udp("127.0.0.1", 0);
          Conntrack conntrack = Conntrack.open()) {
        send(from, to, 10);
        Session session = sessions(conntrack, SessionFilter.ALL).getFirst();

        assertThat(conntrack.mark(session, 0x22, 0xFF)).isTrue();

        assertThat(sessions(conntrack, SessionFilter.ALL))
            .singleElement()
            .satisfies(marked -> {
              assertThat(marked.mark()).isEqualTo(0x122);
              assertThat(marked.id()).isEqualTo(session.id());
            });
        assertThat(conntrack.delete(session)).isTrue();
        assertThat(conntrack.mark(session, 0x33, 0xFF)).isFalse();
        assertThat(sessions(conntrack, SessionFilter.ALL)).isEmpty();
      }
    });
  }

  @Test
  void aSessionIsHeardAsItBeginsAndAsItEndsWithItsFinalCounts() throws Exception {
    namespace.run(() -> {
      try (ConntrackEvents events = ConntrackEvents.open(EnumSet.of(Kind.OPENED, Kind.CLOSED));
          EpollPoller poller = EpollPoller.open();
          DatagramSocket to = udp("127.0.0.1", 5001);
          DatagramSocket from = udp("127.0.0.1", 0);
          Conntrack conntrack = Conntrack.open()) {
        poller.add(events, 1);
        send(from, to, 72);
        send(from, to, 72);
        assertThat(heard(events, poller))
            .singleElement()
            .isInstanceOfSatisfying(
                SessionEvent.Opened.class,
                opened -> assertThat(opened.session().mark()).isEqualTo(0x101));
        conntrack.deleteAll(SessionFilter.ALL);
        assertThat(heard(events, poller))
            .singleElement()
            .isInstanceOfSatisfying(
                SessionEvent.Closed.class,
                closed -> {
                  Session session = closed.session();
                  assertThat(session.originalCount()).isEqualTo(new SessionCount(2, 200));
                  assertThat(session.stop()).isAfterOrEqualTo(session.start());
                });
      }
    });
  }

  @Test
  void changesAreHeardIfAskedFor() throws Exception {
    namespace.run(() -> {
      try (ConntrackEvents events = ConntrackEvents.open(EnumSet.allOf(Kind.class));
          EpollPoller poller = EpollPoller.open();
          DatagramSocket to = udp("127.0.0.1", 5001);
          DatagramSocket from = udp("127.0.0.1", 0)) {
        poller.add(events, 1);
        send(from, to, 10);
        send(to, from, 10);
        assertThat(heard(events, poller))
            .anyMatch(event ->
                event instanceof SessionEvent.Changed(var session)
                    && session.status().hasSeenReply());
      }
    });
  }

  @Test
  void eventsThatWereLostAreCounted() throws Exception {
    namespace.run(() -> {
      try (ConntrackEvents events = ConntrackEvents.open(EnumSet.of(Kind.OPENED), 4 << 10);
          EpollPoller poller = EpollPoller.open();
          DatagramSocket to = udp("127.0.0.1", 5001)) {
        poller.add(events, 1);
        int sessions = 500;
        for (int i = 0; i < sessions; i++) {
          try (DatagramSocket from = udp("127.0.0.1", 10_000 + i)) {
            send(from, to, 10);
          }
        }
        List<SessionEvent> heard = heard(events, poller);
        int lost =
            heard.stream()
                .mapToInt(event -> event instanceof SessionEvent.Lost(int count) ? count : 0)
                .sum();
        long opened = heard.stream().filter(SessionEvent.Opened.class::isInstance).count();
        assertThat(lost).isPositive();
        assertThat(opened).isPositive();
        assertThat(lost + opened).isEqualTo(sessions);
      }
    });
  }

  @Test
  void aPacketThatARuleLogsIsReadWithItsPrefixAndItsFirstOctets() throws Exception {
    namespace.run(() -> {
      try (NflogReader reader = NflogReader.open(LOG_GROUP);
          EpollPoller poller = EpollPoller.open()) {
        poller.add(reader, 1);
        Shell.run("timeout 1 bash -c 'echo x > /dev/tcp/127.0.0.1/5999' 2>&1 || true");
        assertThat(poller.await(WAIT_MILLIS)).isPositive();
        List<LoggedPacket> packets = new ArrayList<>();
        assertThat(reader.drain(packets::add)).isTrue();
        LoggedPacket packet = packets.getFirst();
        assertThat(packet.prefix()).isEqualTo("denied: ");
        assertThat(packet.etherType()).isEqualTo(0x0800);
        assertThat(packet.inInterface()).isZero();
        assertThat(packet.outInterface()).isEqualTo(1);
        assertThat(packet.packet().at(0)).isEqualTo(0x45);
        assertThat(packet.packet().at(9)).isEqualTo(SessionTuple.TCP);
        assertThat(packet.packet().at(22) << 8 | packet.packet().at(23)).isEqualTo(5999);
        assertThat(reader.lost()).isZero();

        assertThatThrownBy(() -> NflogReader.open(LOG_GROUP))
            .hasMessageContaining("another process");
      }
    });
  }

  @Test
  void loggedPacketsThatWereLostAreCountedAndLongOnesCut() throws Exception {
    namespace.run(() -> {
      Shell.run("nft add rule inet test output udp dport 5003 log prefix big group 8");
      try (NflogReader reader = NflogReader.open(8, 4 << 10);
          EpollPoller poller = EpollPoller.open();
          DatagramSocket to = udp("127.0.0.1", 5003);
          DatagramSocket from = udp("127.0.0.1", 0)) {
        poller.add(reader, 1);
        for (int i = 0; i < 20_000; i++) {
          send(from, to, 1000);
        }
        assertThat(poller.await(WAIT_MILLIS)).isPositive();
        List<LoggedPacket> packets = new ArrayList<>();
        reader.drain(packets::add);
        assertThat(packets)
            .isNotEmpty()
            .allMatch(packet -> packet.packet().length() == NflogReader.COPIED);
        assertThat(reader.lost()).isPositive();
      }
    });
  }

  @Test
  void switchesAreSetAndGivenBack() throws Exception {
    namespace.run(() -> {
      int synSent = Sysctl.read("netfilter/nf_conntrack_tcp_timeout_syn_sent");
      int loose = Sysctl.read("netfilter/nf_conntrack_tcp_loose");
      ConntrackSysctl other = new ConntrackSysctl();
      assertThat(
              other.apply(
                  new TreeMap<>(
                      Map.of(
                          "nf_conntrack_tcp_timeout_syn_sent", 20,
                          "nf_conntrack_tcp_be_liberal", 1,
                          "nf_conntrack_of_another_kernel", 1,
                          "nf_conntrack_tcp_loose", 0))))
          .containsExactly("nf_conntrack_of_another_kernel");
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_timeout_syn_sent")).isEqualTo(20);
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_be_liberal")).isEqualTo(1);
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_loose")).isZero();
      other.apply(new TreeMap<>(Map.of("nf_conntrack_tcp_loose", 0)));
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_timeout_syn_sent")).isEqualTo(synSent);
      other.restore();
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_loose")).isEqualTo(loose);
      assertThat(Sysctl.read("netfilter/nf_conntrack_tcp_be_liberal")).isZero();
    });
  }

  private static List<SessionEvent> heard(ConntrackEvents events, EpollPoller poller)
      throws Exception {
    assertThat(poller.await(WAIT_MILLIS)).isPositive();
    List<SessionEvent> heard = new ArrayList<>();
    boolean all;
    do {
      all = events.drain(heard::add);
    } while (!all);
    return heard;
  }

  private static List<Session> sessions(Conntrack conntrack, SessionFilter filter)
      throws Exception {
    List<Session> sessions = new ArrayList<>();
    assertThat(conntrack.dump(filter, 10_000, sessions::add)).isTrue();
    return sessions;
  }

  private static DatagramSocket udp(String address, int port) throws Exception {
    return new DatagramSocket(port, InetAddress.ofLiteral(address));
  }

  private static void send(DatagramSocket from, DatagramSocket to, int octets) throws Exception {
    byte[] text = "x".repeat(octets).getBytes(StandardCharsets.US_ASCII);
    from.send(new DatagramPacket(text, text.length, to.getLocalSocketAddress()));
  }
}
