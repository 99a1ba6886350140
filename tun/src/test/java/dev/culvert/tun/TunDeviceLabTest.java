package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.KernelView;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TUN devices of the real kernel, each test in namespaces of its own. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunDeviceLabTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.7");

  @Test
  void aDeviceIsCreatedForItsUnitWithMulticastAndWithoutCarrierAndGoesWhenClosed()
      throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        try (RtNetlink netlink = RtNetlink.open()) {
          TunDevice tun = TunDevice.open(ST0);
          netlink.setUp(ST0, true);
          KernelLink link = netlink.link(ST0).orElseThrow();
          assertThat(link.device()).isEqualTo("st0.7");
          assertThat(link.kind()).isEqualTo("tun");
          assertThat(link.multicast()).isTrue();
          assertThat(link.pointToPoint()).isTrue();
          assertThat(link.up()).isTrue();
          assertThat(link.running()).isFalse();
          tun.close();
          assertThat(netlink.link(ST0)).isEmpty();
          assertThat(netlink.index(ST0)).isZero();
        }
      });
    }
  }

  @Test
  void carrierOffAndOnIsToldByTheMonitorWhileTheDeviceStaysAdministrativelyUp() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        try (RtNetlink netlink = RtNetlink.open();
            TunDevice tun = TunDevice.open(ST0)) {
          netlink.setUp(ST0, true);
          tun.setCarrier(true);
          try (KernelMonitor monitor = KernelMonitor.open();
              EpollPoller poller = EpollPoller.open()) {
            poller.add(monitor, 0);
            KernelView view = new KernelView();
            view.resync(netlink);
            for (int round = 0; round < 2; round++) {
              tun.setCarrier(false);
              await(poller, monitor, view, link -> link.up() && !link.running());
              assertThat(view.state(ST0))
                  .isNotNull()
                  .extracting(InterfaceState::up)
                  .isEqualTo(false);
              tun.setCarrier(true);
              await(poller, monitor, view, link -> link.up() && link.running());
              assertThat(view.state(ST0))
                  .isNotNull()
                  .extracting(InterfaceState::up)
                  .isEqualTo(true);
            }
          }
        }
      });
    }
  }

  /** Waits for a notification, for at most the class's time limit. */
  private static void await(
      EpollPoller poller, KernelMonitor monitor, KernelView view, Predicate<KernelLink> condition)
      throws Exception {
    boolean[] seen = {false};
    while (!seen[0]) {
      poller.await(-1);
      monitor.drain(event -> {
        view.apply(event);
        if (event instanceof KernelEvent.LinkChanged(KernelLink link)
            && link.name().equals(ST0)
            && condition.test(link)) {
          seen[0] = true;
        }
      });
    }
  }

  @Test
  void aDeviceThatSomebodyHoldsOpenIsNotTakenAway() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        try (TunDevice first = TunDevice.open(ST0)) {
          assertThatThrownBy(() -> TunDevice.open(ST0))
              .isInstanceOf(SystemCallException.class)
              .hasMessageContaining("st0.7")
              .extracting(e -> ((SystemCallException) e).errno())
              .isEqualTo(Errno.EBUSY);
          assertThat(first.interfaceName()).isEqualTo(ST0);
        }
      });
    }
  }

  @Test
  void nobodyJoinsTheQueuesOfADeviceThatSomebodyHoldsOpen() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        List<TunDevice> held = TunDevice.openQueues(ST0, 2);
        assertThatThrownBy(() -> TunDevice.openQueues(ST0, 2))
            .isInstanceOf(SystemCallException.class)
            .extracting(e -> ((SystemCallException) e).errno())
            .isEqualTo(Errno.EBUSY);
        held.forEach(TunDevice::close);
        TunDevice.openQueues(ST0, 2).forEach(TunDevice::close);
      });
    }
  }

  @Test
  void aPersistentLeftoverIsReplacedByAFreshDevice() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        TunDevice leftover = TunDevice.open(ST0);
        leftover.makePersistent();
        leftover.close();
        try (RtNetlink netlink = RtNetlink.open()) {
          int before = netlink.index(ST0);
          assertThat(before).isPositive();
          try (TunDevice fresh = TunDevice.open(ST0)) {
            assertThat(netlink.index(fresh.interfaceName())).isGreaterThan(before);
          }
          assertThat(netlink.index(ST0)).isZero();
        }
      });
    }
  }

  @Test
  void severalQueuesOpenOneDevice() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        List<TunDevice> queues = TunDevice.openQueues(ST0, 2);
        assertThat(queues).hasSize(2);
        queues.getFirst().close();
        try (RtNetlink netlink = RtNetlink.open()) {
          assertThat(netlink.link(ST0)).isPresent();
          queues.getLast().close();
          assertThat(netlink.link(ST0)).isEmpty();
        }
      });
    }
  }

  @Test
  void aTcpStreamCrossesTwoDevicesInSuperPacketsUnharmed() throws Exception {
    byte[] sent = new byte[4 << 20];
    new Random(1).nextBytes(sent);
    try (TunLink link = new TunLink();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ServerSocket server =
          link.right.call(() -> {
            ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress("10.255.0.2", 5001));
            return socket;
          });
      Socket client = link.left.call(Socket::new);
      // A Java socket is made when it is bound: it must be bound on its namespace's thread.
      link.left.run(() -> client.bind(new InetSocketAddress("10.255.0.1", 0)));
      CompletableFuture<byte[]> received =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket accepted = server.accept()) {
                  return accepted.getInputStream().readAllBytes();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              threads);
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                try (client) {
                  client.connect(new InetSocketAddress("10.255.0.2", 5001));
                  client.getOutputStream().write(sent);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              threads);
      List<TunDevice> both = new ArrayList<>(List.of(link.leftTun, link.rightTun));
      try (EpollPoller poller = EpollPoller.open()) {
        both.forEach(tun -> poller.add(tun, both.indexOf(tun)));
        while (!received.isDone() || !sender.isDone()) {
          poller.await(10);
          link.carry();
        }
      }
      assertThat(received.get()).isEqualTo(sent);
      assertThat(link.largest()).isGreaterThan(10_000);
      server.close();
    }
  }
}
