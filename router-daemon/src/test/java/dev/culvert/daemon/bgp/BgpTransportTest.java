package dev.culvert.daemon.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.Listener;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over the loopback interface; the test's thread is the routing thread. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BgpTransportTest {
  private static final IpAddress LOOPBACK = Ipv4Address.of("127.0.0.1");
  private static final Duration LONG = Duration.ofHours(1);
  private static final ConnectionId FIRST = new ConnectionId(1);
  private static final ConnectionId SECOND = new ConnectionId(2);

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BlockingQueue<BgpEvent> events = new LinkedBlockingQueue<>();
  private final BlockingQueue<Runnable> routing = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void aConnectionClosedWhileItIsBeingMadeIsNeverOpened() throws Exception {
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      CountDownLatch busy = new CountDownLatch(1);
      group.execute(() -> await(busy));
      transport.connect(toward(FIRST, peer));
      transport.close(FIRST);
      busy.countDown();

      transport.connect(toward(SECOND, peer));

      assertThat(events.take())
          .isInstanceOfSatisfying(
              BgpEvent.TransportOpened.class, o -> assertThat(o.connection()).isEqualTo(SECOND));
    }
  }

  @Test
  void lastWordsLeaveBeforeTheConnectionCloses() throws Exception {
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      transport.connect(toward(FIRST, peer));
      events.take();
      Octets notification = Octets.copyOf(new byte[] {1, 2, 3});
      transport.send(FIRST, notification);
      transport.close(FIRST);

      try (Socket accepted = peer.accept()) {
        assertThat(Octets.copyOf(accepted.getInputStream().readAllBytes())).isEqualTo(notification);
      }
      assertThat(events).isEmpty();
    }
  }

  @Test
  void aPortNobodyListensOnIsAFailure() throws Exception {
    try (BgpTransport transport = transport(0)) {
      ServerSocket peer = server();
      peer.close();
      transport.connect(toward(FIRST, peer));
      assertThat(events.take()).isInstanceOf(BgpEvent.TransportFailed.class);
    }
  }

  @Test
  void aPeerThatTakesNothingIsGivenUpAfterTheSendHoldTime() throws Exception {
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      transport.connect(toward(FIRST, peer, Duration.ofMillis(50)));
      events.take();
      // More than all buffers on the way hold.
      Octets update = Octets.wrap(new byte[1 << 20]);
      for (int i = 0; i < 40; i++) {
        transport.send(FIRST, update);
      }
      assertThat(events.take())
          .isInstanceOfSatisfying(
              BgpEvent.TransportClosed.class,
              c -> assertThat(c.reason()).contains("send hold timer"));
    }
  }

  @Test
  void roomIsReportedOnceForEachTimeItIsAskedForAndOnlyWhenThereIsSome() throws Exception {
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      transport.connect(toward(FIRST, peer));
      events.take();
      transport.awaitWritable(FIRST);
      assertThat(events.take()).isEqualTo(new BgpEvent.TransportWritable(FIRST));

      Octets update = Octets.wrap(new byte[1 << 20]);
      for (int i = 0; i < 40; i++) {
        transport.send(FIRST, update);
      }
      transport.awaitWritable(FIRST);
      group.submit(() -> {}).get();
      assertThat(events).isEmpty();
      try (Socket accepted = peer.accept()) {
        accepted.getInputStream().skipNBytes(40L << 20);
        assertThat(events.take()).isEqualTo(new BgpEvent.TransportWritable(FIRST));
        group.submit(() -> {}).get();
        assertThat(events).isEmpty();
        assertThat(transport.queuedOctets()).isZero();
      }
    }
  }

  @Test
  void aPeerThatHasNothingToTakeIsKept() throws Exception {
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      transport.connect(toward(FIRST, peer, Duration.ofMillis(1)));
      events.take();
      try (Socket accepted = peer.accept()) {
        // Behind a timer of later than the first expiry.
        group.schedule(() -> {}, 5, TimeUnit.MILLISECONDS).get();
        assertThat(events).isEmpty();
      }
      assertThat(events.take())
          .isInstanceOfSatisfying(
              BgpEvent.TransportClosed.class, c -> assertThat(c.reason()).contains("by the peer"));
    }
  }

  @Test
  void aPortThatIsTakenBreaksNoCommitAndIsListenedOnOnceItIsFree() throws Exception {
    ServerSocket other = new ServerSocket(0);
    try (BgpTransport transport = transport(other.getLocalPort())) {
      transport.listen(at(LOOPBACK, LOOPBACK));
      routing.take().run();
      assertThat(transport.bindErrors()).isEqualTo(1);
      assertThat(transport.bindFailures()).containsOnlyKeys(LOOPBACK);
      transport.listen(at(LOOPBACK, LOOPBACK));
      other.close();

      // The failures of the first and second attempt, and a retry of each.
      Socket caller = null;
      while (caller == null) {
        Runnable task = routing.poll();
        if (task != null) {
          task.run();
        }
        caller = tryToConnect(other.getLocalPort());
      }
      assertThat(events.take())
          .isInstanceOfSatisfying(
              BgpEvent.TransportOpened.class, o -> assertThat(o.incoming()).isTrue());
      caller.close();
      // The kernel lets callers in before the bind has been told to who asked for it.
      while (!transport.bindFailures().isEmpty()) {
        routing.take().run();
      }
    }
  }

  @Test
  void onlyTheAddressesAskedForAreListenedOnAndNoneWhenTheLastPeerIsGone() throws Exception {
    int port = freePort();
    try (BgpTransport transport = transport(port)) {
      transport.listen(at(LOOPBACK, LOOPBACK));
      routing.take().run();
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(events.take()).isInstanceOf(BgpEvent.TransportOpened.class);
      }
      assertThatExceptionOfType(ConnectException.class)
          .isThrownBy(() -> new Socket("127.0.0.2", port).close());

      transport.listen(at(Ipv4Address.of("127.0.0.2"), LOOPBACK));
      routing.take().run();
      group.submit(() -> {}).get();
      assertThatExceptionOfType(ConnectException.class)
          .isThrownBy(() -> new Socket("127.0.0.1", port).close());
      new Socket("127.0.0.2", port).close();

      transport.listen(BgpAction.Listen.NOWHERE);
      group.submit(() -> {}).get();
      assertThatExceptionOfType(ConnectException.class)
          .isThrownBy(() -> new Socket("127.0.0.2", port).close());
    }
  }

  @Test
  void aStrangerIsHungUpOn() throws Exception {
    int port = freePort();
    try (BgpTransport transport = transport(port)) {
      transport.listen(at(LOOPBACK, Ipv4Address.of("192.0.2.1")));
      routing.take().run();
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(caller.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(events).isEmpty();
    }
  }

  @Test
  void whoeverComesFromAnAllowedPrefixHasToKnowItsKey() throws Exception {
    int port = freePort();
    Secret key = Secret.copyOf("of all spokes".getBytes(StandardCharsets.UTF_8));
    IpPrefix allowed = IpPrefix.parse("127.0.1.0/24").orElseThrow();
    IpAddress spoke = Ipv4Address.of("127.0.1.7");
    try (BgpTransport transport = transport(port)) {
      transport.listen(
          new BgpAction.Listen(
              new TreeSet<>(Set.of(LOOPBACK)), List.of(new Listener(allowed, key, LONG))));
      routing.take().run();
      transport.connect(
          new BgpAction.Connect(FIRST, spoke, new Endpoint(LOOPBACK, port), key, 1, LONG));
      assertThat(List.of(events.take(), events.take()))
          .allSatisfy(event -> assertThat(event).isInstanceOf(BgpEvent.TransportOpened.class))
          .anySatisfy(event ->
              assertThat(((BgpEvent.TransportOpened) event).remote().address()).isEqualTo(spoke));
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> connectFrom(spoke, port).close());

      // Whoever is outside has no key, and is hung up on.
      try (Socket stranger = connectFrom(Ipv4Address.of("127.0.2.7"), port)) {
        assertThat(stranger.getInputStream().read()).isEqualTo(-1);
      }

      transport.listen(
          new BgpAction.Listen(
              new TreeSet<>(Set.of(LOOPBACK)), List.of(new Listener(allowed, null, LONG))));
      connectFrom(spoke, port).close();
      assertThat(events.take()).isInstanceOf(BgpEvent.TransportOpened.class);
    }
  }

  @Test
  void allMessagesOfAFloodArriveThoughReadingStopsWhileTooManyWait() throws Exception {
    int count = 20 * BgpReader.MOST_WAITING;
    try (ServerSocket peer = server();
        BgpTransport transport = transport(0)) {
      transport.connect(toward(FIRST, peer));
      events.take();
      try (Socket accepted = peer.accept()) {
        Thread.ofVirtual().start(() -> flood(accepted, count));
        int received = 0;
        while (received < count) {
          // Slower than the peer: what was handed over is done only when nothing else comes.
          BgpEvent event = events.poll();
          if (event == null) {
            Runnable task = routing.poll();
            if (task != null) {
              task.run();
            }
            continue;
          }
          assertThat(event).isInstanceOf(BgpEvent.MessageReceived.class);
          received++;
        }
      }
    }
  }

  // --- What the stories are told with ------------------------------------------------------------

  private BgpTransport transport(int port) {
    return new BgpTransport(() -> group, events::add, routing::add, port);
  }

  private static BgpAction.Listen at(IpAddress address, IpAddress peer) {
    return new BgpAction.Listen(
        new TreeSet<>(Set.of(address)), List.of(Listener.of(peer, null, LONG)));
  }

  private static Socket connectFrom(IpAddress source, int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.bind(new InetSocketAddress(BgpTransport.inet(source), 0));
      socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = server()) {
      return free.getLocalPort();
    }
  }

  private static ServerSocket server() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static BgpAction.Connect toward(ConnectionId id, ServerSocket peer) {
    return toward(id, peer, LONG);
  }

  private static BgpAction.Connect toward(
      ConnectionId id, ServerSocket peer, Duration sendHoldTime) {
    return new BgpAction.Connect(
        id, null, new Endpoint(LOOPBACK, peer.getLocalPort()), null, 1, sendHoldTime);
  }

  private static Socket tryToConnect(int port) throws IOException {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), port);
    } catch (ConnectException e) {
      return null;
    }
  }

  private static void flood(Socket socket, int count) {
    byte[] keepalive = new byte[19];
    Arrays.fill(keepalive, 0, 16, (byte) 0xFF);
    keepalive[17] = 19;
    keepalive[18] = 4;
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      many.writeBytes(keepalive);
    }
    try {
      socket.getOutputStream().write(many.toByteArray());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
