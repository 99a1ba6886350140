package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.PlayedBgpPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Culvert between four BGP neighbors on one LAN: FRR, BIRD, one that announces strange things and a
 * large table, and one that stops reading.
 */
@Lab(needs = {FrrPeer.PROGRAM, "bird"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BgpPeersLabTest {
  private static final String CULVERT = "10.9.1.1";
  private static final String FRR = "10.9.1.2";
  private static final String BIRD = "10.9.1.3";
  private static final String FEEDER = "10.9.1.9";
  private static final String READER = "10.9.1.10";
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String CONFIGURATION =
      """
      interfaces {
        eth0 { unit 0 { family inet { address 10.9.1.1/24; } } }
        eth1 { unit 0 { family inet { address 10.12.0.1/24; } } }
      }
      routing-options {
        router-id 10.9.1.1;
        autonomous-system 65001;
        static {
          route 10.70.0.0/16 discard;
          route 10.71.0.0/16 discard;
        }
      }
      protocols {
        bgp {
          hold-time 180;
          export neighbors;
          group frr { type external; peer-as 65002; neighbor 10.9.1.2; }
          group bird { type external; peer-as 65003; neighbor 10.9.1.3; }
          group feeder { type external; peer-as 65009; neighbor 10.9.1.9 { passive; } }
          group reader { type external; peer-as 65010; neighbor 10.9.1.10 { passive; } }
        }
      }
      policy-options {
        policy-statement neighbors {
          term kept-from-frr {
            from { route-filter 10.70.0.0/16 exact; }
            to { neighbor 10.9.1.2; }
            then reject;
          }
          term kept-from-both {
            from { route-filter 11.0.0.0/8 orlonger; }
            to { neighbor [ 10.9.1.2 10.9.1.3 ]; }
            then reject;
          }
          term own { from protocol static; then accept; }
        }
      }
      """;

  private LabNetwork network;
  private NetworkNamespace culvertSide;
  private CulvertProcess culvert;
  private FrrPeer frr;
  private BirdPeer bird;
  private PlayedBgpPeer reader;
  private Path go;

  @BeforeAll
  void buildTheNetwork() {
    network = LabNetwork.create();
    NetworkNamespace lan = network.namespace("lan");
    culvertSide = network.namespace("culvert").forwarding();
    network.wire(culvertSide, "eth0", lan, "culvert");
    network.wire(culvertSide, "eth1", network.namespace("host"), "eth0");
    NetworkNamespace frrSide = neighbor(lan, "frr", FRR);
    NetworkNamespace birdSide = neighbor(lan, "bird", BIRD);
    NetworkNamespace feederSide = neighbor(lan, "feeder", FEEDER);
    NetworkNamespace readerSide = neighbor(lan, "reader", READER);
    // Small ones, so that a neighbor that reads nothing is noticed soon.
    culvertSide.kernelSetting("net/ipv4/tcp_wmem", "4096 16384 32768");
    readerSide.kernelSetting("net/ipv4/tcp_rmem", "4096 16384 32768");
    lan.bridge("br0", "culvert", "frr", "bird", "feeder", "reader");
    culvert = CulvertProcess.start(network, culvertSide, "culvert", CONFIGURATION);
    frr =
        FrrPeer.start(
            network,
            frrSide,
            "frr",
            List.of("bgpd"),
            """
            router bgp 65002
             bgp router-id 10.9.1.2
             no bgp ebgp-requires-policy
             neighbor 10.9.1.1 remote-as 65001
             neighbor 10.9.1.1 timers connect 2
            """);
    bird =
        BirdPeer.start(
            network,
            birdSide,
            "bird",
            """
            router id 10.9.1.3;
            protocol device {}
            protocol bgp culvert {
              local 10.9.1.3 as 65003;
              neighbor 10.9.1.1 as 65001;
              ipv4 { import all; export none; };
            }
            """);
    go = network.folder("feeder").resolve("go");
    reader = PlayedBgpPeer.reader(network, readerSide, READER, CULVERT, 65010);
    PlayedBgpPeer.feeder(network, feederSide, FEEDER, CULVERT, 65009, go);
  }

  private NetworkNamespace neighbor(NetworkNamespace lan, String name, String address) {
    NetworkNamespace side = network.namespace(name);
    network.wire(side, "eth0", lan, name);
    return side.address("eth0", address + "/24");
  }

  @AfterAll
  void removeTheNetwork() {
    if (network != null) {
      if (reader != null) {
        reader.goOn();
      }
      network.close();
    }
  }

  @Test
  void aRouteIsKeptFromTheNeighborThatThePolicyNames() {
    await("the other route at FRR", () -> frrHas("10.71.0.0/16"));
    await("both at BIRD", () -> birdHas("10.70.0.0/16") && birdHas("10.71.0.0/16"));
    // Both would have come in one UPDATE.
    assertThat(frrHas("10.70.0.0/16")).isFalse();
  }

  @Test
  void anUnknownAttributeReachesRealPeersWithoutTheFlagBitsOfItsOrigin() {
    await("the strange route at FRR", () -> frrHas(PlayedBgpPeer.STRANGE_PREFIX));
    await("the strange route at BIRD", () -> birdHas(PlayedBgpPeer.STRANGE_PREFIX));
    assertThat(bird.birdc("show route all " + PlayedBgpPeer.STRANGE_PREFIX)).contains("61 62 63");
    await("it at the reader", () -> reader.log().contains("strange "));
    assertThat(reader.log()).contains("e06303616263").doesNotContain("c56303616263");
    assertThat(frr.vtysh("show bgp neighbors " + CULVERT)).contains("BGP state = Established");
  }

  @Test
  void aNeighborThatReadsNothingHoldsNothingUpAndIsToldTheLastStateOnceItReads() throws Exception {
    await("the first table at the reader", () -> reader.log().contains("converged 0"));
    reader.stop();
    Files.createFile(go);
    // More than its socket and ours take is on its way to it.
    await("a queue of routes", () -> outputQueue() > 0);
    await("the last table", () -> originOf("11.0.0.0/24").endsWith(" 64005"));
    assertThat(outputQueue()).isLessThanOrEqualTo(PlayedBgpPeer.ROUTES + 10);
    assertThat(culvert.cli("show bgp summary")).contains("Establ");

    reader.goOn();
    await("the last table at the reader", () -> reader.log().contains("converged 5"));
    await("the end of the queue", () -> outputQueue() == 0);
    assertThat(reader.log()).doesNotContain("malformed", "faulty", "closed");
  }

  @Test
  void culvertListensAtTheAddressOfItsNeighborsAndAtNoOther() {
    String listening = culvertSide.run("ss", "-Hltn", "sport = :179");
    assertThat(listening)
        .containsPattern("10\\.9\\.1\\.1]?:179 ")
        .doesNotContain("0.0.0.0:179", "*:179", "10.12.0.1");
    assertThat(listening.lines()).hasSize(1);
  }

  private boolean frrHas(String prefix) {
    return frr.vtysh("show bgp ipv4 unicast " + prefix).contains("from " + CULVERT);
  }

  private boolean birdHas(String prefix) {
    return bird.birdc("show route " + prefix).contains("via " + CULVERT);
  }

  /** Prefixes that the reader is still to be told of. */
  private int outputQueue() throws Exception {
    Matcher line =
        Pattern.compile("(?m)^ *" + Pattern.quote(READER) + " +\\d+ +\\d+ +\\d+ +(\\d+)")
            .matcher(culvert.cli("show bgp summary"));
    return line.find() ? Integer.parseInt(line.group(1)) : 0;
  }

  private String originOf(String prefix) throws Exception {
    Matcher path =
        Pattern.compile("AS path: ([0-9 ]+) [IE?]").matcher(culvert.cli("show route " + prefix));
    return path.find() ? " " + path.group(1) : "";
  }

  private void await(String what, Await.Condition condition) {
    Await.until(SOON, what, condition, () -> culvert.log() + reader.log() + frr.log() + bird.log());
  }
}
