package dev.culvert.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.fault.FaultFiles;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.MonotonicClock;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.conntrack.Conntrack;
import dev.culvert.tun.conntrack.ConntrackSysctl;
import dev.culvert.tun.conntrack.SessionFilter;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Packets over the loopback device of a namespace, whose rules mark, log and drop as ours do. */
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionLogRimLabTest {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final String RULES =
      """
      table inet test {
        chain output {
          type filter hook output priority 0
          udp dport 5001 ct mark set 1
          udp dport 5002 ct mark set 2
          udp dport 5003 log prefix "DENY 3" group 17239 drop
        }
      }
      """;

  private final String namespace =
      "sessionlog-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();
  @TempDir private Path stateDirectory;
  private Faults faults;
  private SessionLogRim rim;

  @BeforeEach
  void enter() throws Exception {
    command("ip", "netns", "add", namespace);
    command("ip", "-n", namespace, "link", "set", "lo", "up");
    faults = new Faults(new FaultFiles(stateDirectory, "1.2.3"), status -> {});
    rim =
        inside(() -> {
          command("nft", RULES);
          new ConntrackSysctl()
              .apply(
                  new TreeMap<>(
                      Map.of(
                          "nf_conntrack_acct", 1,
                          "nf_conntrack_timestamp", 1,
                          "nf_conntrack_events", 1)));
          SessionLogRim opened = new SessionLogRim(new MonotonicClock(), notices::add, faults);
          // A thread is born into the namespace of its parent.
          opened.thread().start();
          return opened;
        });
    rim.interfacesChanged(
        List.of(
            new InterfaceState(InterfaceName.of("lo0"), 1, true, false, true, 65536, List.of())));
  }

  @AfterEach
  void leave() throws Exception {
    rim.close();
    faults.close();
    command("ip", "netns", "delete", namespace);
  }

  @Test
  void sessionsAndDeniedPacketsAreLoggedAsThePoliciesSay() throws Exception {
    configure(
        SessionLogTest.ruleset(
            SessionLogTest.policy(1, "web", Policy.Action.PERMIT, new Policy.Log(true, true)),
            SessionLogTest.policy(2, "quiet", Policy.Action.PERMIT, Policy.Log.NONE),
            SessionLogTest.policy(3, "no", Policy.Action.DENY, new Policy.Log(true, false))));
    send(5002);
    send(5001);
    Notice begin = notices.take();
    assertThat(begin.tag()).isEqualTo("RT_FLOW_SESSION_CREATE");
    assertThat(begin.fields())
        .containsEntry("source-address", "127.0.0.1")
        .containsEntry("destination-port", "5001")
        .containsEntry("policy-name", "web");

    inside(() -> {
      try (Conntrack conntrack = Conntrack.open()) {
        return conntrack.deleteAll(SessionFilter.ALL);
      }
    });
    Notice end = notices.take();
    assertThat(end.tag()).isEqualTo("RT_FLOW_SESSION_CLOSE");
    assertThat(end.fields())
        .containsEntry("session-id", begin.fields().get("session-id"))
        .containsEntry("packets-from-client", "1")
        .containsEntry("bytes-from-client", "38");

    send(5003);
    Notice denied = notices.take();
    assertThat(denied.tag()).isEqualTo("RT_FLOW_SESSION_DENY");
    assertThat(denied.fields())
        .containsEntry("destination-port", "5003")
        .containsEntry("policy-name", "no")
        .containsEntry("packet-incoming-interface", "N/A");
    assertThat(rim.thread().ask(rim::counts).get()).isEqualTo(new SessionLogCounts(3, 0, 0));
  }

  @Test
  void whatNoPolicyWantsLoggedIsNotEvenHeard() throws Exception {
    configure(
        SessionLogTest.ruleset(
            SessionLogTest.policy(1, "web", Policy.Action.PERMIT, new Policy.Log(true, true)),
            SessionLogTest.policy(3, "no", Policy.Action.DENY, new Policy.Log(true, false))));
    assertThat(listeners()).isEqualTo(2);
    configure(Ruleset.EMPTY);
    assertThat(listeners()).isZero();
    configure(
        SessionLogTest.ruleset(
            SessionLogTest.policy(1, "web", Policy.Action.PERMIT, new Policy.Log(true, false))));
    assertThat(listeners()).isEqualTo(1);
    send(5001);
    assertThat(notices.take().tag()).isEqualTo("RT_FLOW_SESSION_CREATE");
  }

  private void configure(Ruleset ruleset) throws Exception {
    rim.configure(ruleset);
    // Asked behind it: it has been done then.
    assertThat(rim.thread().ask(rim::counts).get()).isNotNull();
  }

  /** Sockets of NETLINK_NETFILTER in the namespace. */
  private int listeners() throws Exception {
    String sockets = command("ip", "netns", "exec", namespace, "cat", "/proc/net/netlink");
    return (int) sockets.lines().filter(line -> line.matches("\\S+ +12 .*")).count()
        - kernelSockets(sockets);
  }

  /** The kernel's own have port ID 0. */
  private static int kernelSockets(String sockets) {
    return (int) sockets.lines().filter(line -> line.matches("\\S+ +12 +0 .*")).count();
  }

  private void send(int port) throws Exception {
    inside(() -> {
      try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
        socket.send(new DatagramPacket(new byte[10], 10, InetAddress.ofLiteral("127.0.0.1"), port));
      } catch (java.io.IOException dropped) {
        // What a rule drops on its way out is refused.
      }
      return 0;
    });
  }

  private <T> T inside(Callable<T> work) throws Exception {
    return NetworkNamespaceEntry.call(Path.of("/run/netns", namespace), work);
  }

  /** Runs it in the namespace of the calling thread; {@code nft} reads its last word. */
  private static String command(String... words) throws Exception {
    boolean nft = words[0].equals("nft");
    Process process =
        new ProcessBuilder(nft ? new String[] {"nft", "-f", "-"} : words)
            .redirectErrorStream(true)
            .start();
    try (var input = process.getOutputStream()) {
      input.write((nft ? words[1] : "").getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
