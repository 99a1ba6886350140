package dev.culvert.daemon.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation.Install;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.daemon.fault.FaultFiles;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.MonotonicClock;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.ipsec.forwarding.DataPathListener;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rim against the real kernel, each test in a namespace of its own. */
@Tag("lab")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelRimLabTest implements KernelRim.Listener, DataPathListener {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final InterfaceName LAN = InterfaceName.of("eth0.0");
  private static final RouterConfig TUNNEL_ONLY =
      read("interfaces { st0 { unit 0 { family inet { address 172.16.0.1/30; } } } }");
  private static final RouterConfig LAN_ONLY =
      read("interfaces { eth0 { mtu 1400; unit 0 { family inet { address 10.1.0.1/24; } } } }");

  private final String namespace =
      "kernelrim-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  private final BlockingQueue<List<InterfaceState>> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();
  @TempDir private Path stateDirectory;
  private Faults faults;
  private IpsecDataPath dataPath;
  private KernelRim rim;

  @BeforeEach
  void enter() throws Exception {
    command("ip", "netns", "add", namespace);
    faults = new Faults(new FaultFiles(stateDirectory, "1.2.3"), status -> {});
    dataPath = new IpsecDataPath(LibCryptoAeadProvider.best(), this, 1);
    rim = open();
  }

  private KernelRim open() throws Exception {
    return NetworkNamespaceEntry.call(
        Path.of("/run/netns", namespace),
        () -> {
          KernelRim opened =
              new KernelRim(new MonotonicClock(), dataPath, this, notices::add, faults);
          // A thread is born into the namespace of its parent.
          opened.thread().start();
          return opened;
        });
  }

  @AfterEach
  void leave() throws Exception {
    rim.close();
    dataPath.close();
    faults.close();
    command("ip", "netns", "delete", namespace);
  }

  @Test
  void aTunnelThatCameUpBeforeItsDeviceWasOpenedShowsItsCarrier() throws Exception {
    rim.setCarrier(TUNNEL, true);
    apply(TUNNEL_ONLY);

    assertThat(flags("st0.0")).contains("LOWER_UP");

    rim.setCarrier(TUNNEL, false);
    assertThat(rim.thread().ask(() -> flags("st0.0")).get()).doesNotContain("LOWER_UP");
  }

  @Test
  void aTunnelDeviceThatSomeoneDeletesIsMadeAgainWithAllItHad() throws Exception {
    apply(TUNNEL_ONLY);
    rim.setCarrier(TUNNEL, true);
    InterfaceState before = await(TUNNEL, s -> s.up() && !s.addresses().isEmpty());

    command("ip", "-n", namespace, "link", "delete", "st0.0");

    awaitGone(TUNNEL);
    InterfaceState after = await(TUNNEL, s -> s.up() && hasAddress(s, "172.16.0.1/30"));
    assertThat(after.index()).isNotEqualTo(before.index());
    assertThat(after.mtu()).isEqualTo(before.mtu());
    assertThat(flags("st0.0")).contains("LOWER_UP");
  }

  @Test
  void aDeviceThatGoesAndReturnsWithinOneBatchIsToldAsGoneAndGetsItsConfigurationAgain()
      throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, s -> s.up() && s.mtu() == 1400 && hasAddress(s, "10.1.0.1/24"));

    CountDownLatch done = new CountDownLatch(1);
    rim.thread().run(() -> awaitLatch(done));
    command("ip", "-n", namespace, "link", "delete", "eth0");
    addLan();
    done.countDown();

    awaitGone(LAN);
    await(LAN, s -> s.up() && s.mtu() == 1400 && hasAddress(s, "10.1.0.1/24"));
  }

  @Test
  void aDeviceThatIsTakenDownAndUpWithinOneBatchIsToldAsDown() throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, InterfaceState::up);

    CountDownLatch done = new CountDownLatch(1);
    rim.thread().run(() -> awaitLatch(done));
    command("ip", "-n", namespace, "link", "set", "eth0", "down");
    command("ip", "-n", namespace, "link", "set", "eth0", "up");
    done.countDown();

    await(LAN, s -> !s.up());
    await(LAN, InterfaceState::up);
  }

  @Test
  void anAddressThatIsRemovedAndAddedWithinOneBatchIsToldAsRemoved() throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, s -> hasAddress(s, "10.1.0.1/24"));

    CountDownLatch done = new CountDownLatch(1);
    rim.thread().run(() -> awaitLatch(done));
    command("ip", "-n", namespace, "address", "delete", "10.1.0.1/24", "dev", "eth0");
    command("ip", "-n", namespace, "address", "add", "10.1.0.1/24", "dev", "eth0");
    done.countDown();

    await(LAN, s -> !hasAddress(s, "10.1.0.1/24"));
    await(LAN, s -> hasAddress(s, "10.1.0.1/24"));
  }

  @Test
  void onlyAddressesThatThisRouterHasPutThereAreTakenAway() throws Exception {
    addLan();
    command("ip", "-n", namespace, "address", "add", "172.31.9.9/24", "dev", "eth0");
    apply(LAN_ONLY);
    await(LAN, s -> hasAddress(s, "10.1.0.1/24"));
    // The kernel would remove it with ours, which came first in their subnet.
    command("ip", "-n", namespace, "address", "add", "10.1.0.9/24", "dev", "eth0");

    apply(read("interfaces { eth0 { unit 0 { family inet { address 10.1.0.2/24; } } } }"));

    InterfaceState state = await(LAN, s -> !hasAddress(s, "10.1.0.1/24"));
    assertThat(state.addresses())
        .filteredOn(a -> a.address().family() == AddressFamily.INET)
        .extracting(InterfaceAddress::toString)
        .containsExactlyInAnyOrder("172.31.9.9/24", "10.1.0.9/24", "10.1.0.2/24");
  }

  @Test
  void whatAnEarlierRunHasPutThereIsTakenAwayAlsoFromADeviceWithAnotherName() throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, s -> hasAddress(s, "10.1.0.1/24"));
    command("ip", "-n", namespace, "address", "add", "10.1.0.9/24", "dev", "eth0");
    rim.close();
    command("ip", "-n", namespace, "link", "set", "eth0", "down");
    command("ip", "-n", namespace, "link", "set", "eth0", "name", "eth7");
    command("ip", "-n", namespace, "link", "set", "eth7", "up");

    rim = open();
    told.clear();
    apply(TUNNEL_ONLY);

    String addresses = command("ip", "-n", namespace, "-4", "-o", "address", "show", "eth7");
    assertThat(addresses).contains("10.1.0.9/24").doesNotContain("10.1.0.1/24");
  }

  @Test
  void thePrefixLengthOfAnIpv6AddressCanBeChanged() throws Exception {
    addLan();
    apply(read("interfaces { eth0 { unit 0 { family inet6 { address fd00::1/64; } } } }"));
    await(LAN, s -> hasAddress(s, "fd00::1/64"));

    apply(read("interfaces { eth0 { unit 0 { family inet6 { address fd00::1/48; } } } }"));

    InterfaceState state = await(LAN, s -> hasAddress(s, "fd00::1/48"));
    assertThat(hasAddress(state, "fd00::1/64")).isFalse();
  }

  @Test
  void aTunnelDeviceThatSomeoneRenamesOrSetsDownIsThereAgain() throws Exception {
    apply(TUNNEL_ONLY);
    rim.setCarrier(TUNNEL, true);
    await(TUNNEL, s -> s.up() && hasAddress(s, "172.16.0.1/30"));

    command("ip", "-n", namespace, "link", "set", "st0.0", "down");
    await(TUNNEL, s -> !s.up());
    await(TUNNEL, InterfaceState::up);

    command("ip", "-n", namespace, "link", "set", "st0.0", "down");
    command("ip", "-n", namespace, "link", "set", "st0.0", "name", "mine");
    awaitGone(TUNNEL);
    await(TUNNEL, s -> s.up() && hasAddress(s, "172.16.0.1/30"));
    assertThat(flags("st0.0")).contains("LOWER_UP");
  }

  @Test
  void aLinkThatSomeoneSetsDownOrRenamesIsToldOfAndTheirs() throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, s -> s.up() && hasAddress(s, "10.1.0.1/24"));

    command("ip", "-n", namespace, "link", "set", "eth0", "down");
    await(LAN, s -> !s.up());
    awaitNotice("INTERFACE_LINK_CHANGED");
    assertThat(problems()).containsEntry("Interface eth0.0", "is down, set by somebody else");

    command("ip", "-n", namespace, "link", "set", "eth0", "name", "wan0");
    awaitNotice("INTERFACE_MISSING");
    assertThat(problems()).containsEntry("Interface eth0.0", "there is no eth0");

    command("ip", "-n", namespace, "link", "set", "wan0", "name", "eth0");
    await(LAN, s -> s.up() && s.mtu() == 1400 && hasAddress(s, "10.1.0.1/24"));
    assertThat(problems()).isEmpty();
  }

  @Test
  void whatADeviceHadBeforeIsThereAgainWhenTheStatementGoes() throws Exception {
    addLan();
    command("ip", "-n", namespace, "link", "set", "eth0", "mtu", "3000");
    command("ip", "-n", namespace, "link", "set", "eth0", "up");
    apply(read("interfaces { eth0 { mtu 1400; disable; } }"));
    assertThat(flags("eth0")).contains("mtu 1400").contains("state DOWN");

    apply(TUNNEL_ONLY);

    assertThat(flags("eth0")).contains("mtu 3000").contains("state UP");
  }

  @Test
  void aRuleOfSomebodyElseIsToldOfAndStays() throws Exception {
    apply(TUNNEL_ONLY);
    assertThat(problems()).isEmpty();

    command("ip", "-n", namespace, "rule", "add", "from", "10.0.0.0/8", "lookup", "77");
    awaitNotice("FIB_FOREIGN_RULE");
    assertThat(problems()).containsOnlyKeys("IPv4 rule 32765: from 10.0.0.0/8 lookup 77");
    assertThat(command("ip", "-n", namespace, "rule", "show")).contains("lookup 77");

    command("ip", "-n", namespace, "rule", "delete", "lookup", "77");
    awaitNotice("FIB_FOREIGN_RULE_GONE");
    assertThat(problems()).isEmpty();
  }

  /** Routing decided before them; the last of more than one look takes tells of the very route. */
  @Test
  void whatSomebodyElseDidIsHeardToItsEndBeforeARouteIsReplaced() throws Exception {
    addLan();
    apply(LAN_ONLY);
    await(LAN, s -> s.up() && hasAddress(s, "10.1.0.1/24"));
    FibEntry ours =
        new FibEntry(
            TableId.INET, Ipv4Prefix.of("10.9.0.0/16"), FibEntry.Kind.BLACKHOLE, List.of());
    Install add = new Install(ours, KernelRoute.METRIC, false);
    Install replace = new Install(ours, KernelRoute.METRIC, true);
    StringBuilder batch = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      batch.append("route add blackhole 10.8.%d.%d metric 20\n".formatted(i >> 8, i & 0xFF));
    }
    batch.append("route replace prohibit 10.9.0.0/16 metric 20 proto static\n");
    Path file = Files.writeString(stateDirectory.resolve("batch"), batch);

    List<FibResult> results =
        rim.thread()
            .ask(() -> {
              List<FibResult> all = new ArrayList<>(rim.apply(List.of(add), 0));
              command("ip", "-n", namespace, "-batch", file.toString());
              all.addAll(rim.apply(List.of(replace), 0));
              return all;
            })
            .get();

    assertThat(results)
        .containsExactly(
            FibResult.done(add),
            new FibResult(replace, Errno.ECANCELED, Errno.describe(Errno.ECANCELED)));
    assertThat(command("ip", "-n", namespace, "route", "show", "exact", "10.9.0.0/16"))
        .contains("prohibit")
        .doesNotContain("blackhole");
  }

  // --- What the kernel and the rim say -----------------------------------------------------------

  private void apply(RouterConfig config) throws Exception {
    rim.thread()
        .ask(() -> {
          rim.applySystem(config);
          return true;
        })
        .get();
  }

  private void addLan() throws Exception {
    command("ip", "-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", "far");
    command("ip", "-n", namespace, "link", "set", "far", "up");
  }

  private InterfaceState await(InterfaceName name, Predicate<InterfaceState> condition)
      throws InterruptedException {
    while (true) {
      Optional<InterfaceState> found =
          told.take().stream().filter(s -> s.name().equals(name)).filter(condition).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
    }
  }

  private void awaitGone(InterfaceName name) throws InterruptedException {
    List<InterfaceState> states;
    do {
      states = told.take();
    } while (states.stream().anyMatch(s -> s.name().equals(name)));
  }

  private void awaitNotice(String tag) throws InterruptedException {
    while (!notices.take().tag().equals(tag)) {
      // Others are of no interest.
    }
  }

  private SortedMap<String, String> problems() throws Exception {
    return rim.thread().ask(rim::problems).get();
  }

  private static boolean hasAddress(InterfaceState state, String address) {
    return state.addresses().contains(InterfaceAddress.of(address));
  }

  private String flags(String device) {
    return command("ip", "-n", namespace, "-o", "link", "show", device);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String command(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(List.of(words) + ": " + output).isZero();
      return output;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test.conf", text, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return config;
  }

  // --- What is listened to -----------------------------------------------------------------------

  @Override
  public void interfacesChanged(List<InterfaceState> interfaces) {
    told.add(new ArrayList<>(interfaces));
  }

  @Override
  public void kernelRoutesChanged(List<KernelRouteChange> changes, long number) {}

  @Override
  public void kernelNewsLost(long number) {}

  @Override
  public void saNotice(SaNotice notice) {}

  @Override
  public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    return null;
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    throw fault;
  }
}
