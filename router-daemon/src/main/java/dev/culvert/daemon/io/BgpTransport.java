package dev.culvert.daemon.io;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.ConnectionId;
import dev.culvert.bgp.Listener;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * BGP's TCP connections (RFC 4271 §8) on Netty's epoll, with TCP-MD5 (RFC 2385): whole messages to
 * the engine, its messages to the wire. The methods are called from the routing thread; events are
 * handed over from Netty's.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a channel comes as an event
public final class BgpTransport implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BgpTransport.class);
  private static final int BGP_PORT = 179;
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  private static final int BIND_RETRY_SECONDS = 1;

  /** How long a closing connection may take for its last words. */
  private static final int LINGER_SECONDS = 2;

  /** RFC 9687 §4.4: at least this, whatever the hold time. */
  private static final Duration SEND_HOLD_TIME = Duration.ofMinutes(8);

  private static final ChannelOption<Integer> IP_TTL = new IntegerUnixChannelOption("IP_TTL", 0, 2);

  private static final ChannelOption<Integer> IPV6_UNICAST_HOPS =
      new IntegerUnixChannelOption("IPV6_UNICAST_HOPS", 41, 16);
  private static final ChannelOption<Integer> IPV6_V6ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

  private final Supplier<EventLoopGroup> group;
  private final Consumer<BgpEvent> events;
  private final Executor routing;
  private final int port;
  private final Duration sendHoldTime;
  private final Map<ConnectionId, Channel> channels = new ConcurrentHashMap<>();
  private final AtomicLong nextIncoming = new AtomicLong(-1);
  private final Map<AddressFamily, Channel> listeners = new LinkedHashMap<>();

  /** Why the last attempt to listen failed; the routing thread's own, as {@link #listeners}. */
  private final Map<AddressFamily, String> refusals = new EnumMap<>(AddressFamily.class);

  private volatile SortedMap<IpAddress, Listener> accepted = new TreeMap<>();

  /**
   * @param group asked for when the first socket is needed
   * @param events hands an event to the routing thread
   * @param routing runs on the routing thread, behind all events handed there before
   */
  public BgpTransport(Supplier<EventLoopGroup> group, Consumer<BgpEvent> events, Executor routing) {
    this(group, events, routing, BGP_PORT, SEND_HOLD_TIME);
  }

  BgpTransport(
      Supplier<EventLoopGroup> group,
      Consumer<BgpEvent> events,
      Executor routing,
      int port,
      Duration sendHoldTime) {
    this.group = group;
    this.events = events;
    this.routing = routing;
    this.port = port;
    this.sendHoldTime = sendHoldTime;
  }

  /** Accepts from exactly these peers; sets or changes their TCP-MD5 keys. */
  public void listen(List<Listener> peers) {
    SortedMap<IpAddress, Listener> next = new TreeMap<>();
    peers.forEach(p -> next.put(p.peer(), p));
    // Nobody gets in by a key that is on its way in or out.
    accepted = inBoth(accepted, next);
    for (AddressFamily family : AddressFamily.values()) {
      listen(family, next);
    }
    accepted = next;
  }

  private static SortedMap<IpAddress, Listener> inBoth(
      SortedMap<IpAddress, Listener> before, SortedMap<IpAddress, Listener> after) {
    SortedMap<IpAddress, Listener> both = new TreeMap<>(before);
    both.entrySet().retainAll(after.entrySet());
    return both;
  }

  private void listen(AddressFamily family, SortedMap<IpAddress, Listener> peers) {
    Map<InetAddress, byte[]> keys = md5Keys(peers, family);
    boolean wanted = peers.keySet().stream().anyMatch(a -> a.family() == family);
    Channel listener = listeners.get(family);
    if (!wanted) {
      refusals.remove(family);
      if (listener != null) {
        listeners.remove(family);
        listener.close();
      }
    } else if (listener == null || !listener.isOpen() || !setKeys(listener, keys)) {
      bindListener(family, keys);
    }
  }

  /** False, and the listener closed, if that failed: it must not accept by old keys. */
  private static boolean setKeys(Channel listener, Map<InetAddress, byte[]> keys) {
    try {
      listener.config().setOption(EpollChannelOption.TCP_MD5SIG, keys);
      return true;
    } catch (ChannelException e) {
      LOG.error("BGP_KEYS_FAILED reason={}", reason(e));
      listener.close();
      return false;
    }
  }

  private void bindListener(AddressFamily family, Map<InetAddress, byte[]> keys) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group.get())
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(EpollChannelOption.TCP_MD5SIG, keys)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                });
    if (family == AddressFamily.INET6) {
      bootstrap.option(IPV6_V6ONLY, 1);
    }
    String any = family == AddressFamily.INET ? "0.0.0.0" : "::";
    ChannelFuture bound = bootstrap.bind(new InetSocketAddress(any, port));
    Channel listener = bound.channel();
    listeners.put(family, listener);
    bound.addListener(done -> {
      String refusal = done.isSuccess() ? null : reason(done.cause());
      routing.execute(() -> bound(family, listener, refusal));
    });
  }

  /** On the routing thread. */
  private void bound(AddressFamily family, Channel listener, @Nullable String refusal) {
    if (refusal == null) {
      refusals.remove(family);
      return;
    }
    if (!refusal.equals(refusals.put(family, refusal))) {
      LOG.error("BGP_LISTEN_FAILED family={} port={} reason={}", family, port, refusal);
    }
    group
        .get()
        .schedule(
            () -> routing.execute(() -> bindAgain(family, listener)),
            BIND_RETRY_SECONDS,
            TimeUnit.SECONDS);
  }

  /** Unless something else has been asked for meanwhile. */
  private void bindAgain(AddressFamily family, Channel failed) {
    if (failed.equals(listeners.get(family))) {
      listen(family, accepted);
    }
  }

  private void accept(Channel channel) {
    InetSocketAddress from = (InetSocketAddress) channel.remoteAddress();
    InetSocketAddress at = (InetSocketAddress) channel.localAddress();
    // Without addresses it has been reset already.
    if (from == null || at == null || !accepted.containsKey(endpoint(from).address())) {
      channel.close();
      return;
    }
    ConnectionId id = new ConnectionId(nextIncoming.getAndDecrement());
    channels.put(id, channel);
    handleBy(id, channel);
    events.accept(new BgpEvent.TransportOpened(id, endpoint(at), endpoint(from), true));
  }

  private void handleBy(ConnectionId id, Channel channel) {
    channel
        .pipeline()
        .addLast(
            new SendHoldTimer(sendHoldTime, () -> stuck(id, channel)),
            new WritableNotice(() -> events.accept(new BgpEvent.TransportWritable(id))),
            new BgpReader(
                message -> events.accept(new BgpEvent.MessageReceived(id, message)),
                reason -> lost(id, reason),
                routing));
  }

  private void stuck(ConnectionId id, Channel channel) {
    lost(id, "the peer takes no data: send hold timer expired");
    channel.close();
  }

  private void lost(ConnectionId id, String reason) {
    if (channels.remove(id) != null) {
      events.accept(new BgpEvent.TransportClosed(id, reason));
    }
  }

  /** Starts a connection; the outcome comes as an event. */
  public void connect(BgpAction.Connect connect) {
    ConnectionId id = connect.connection();
    IpAddress peer = connect.remote().address();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group.get())
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(peer.family() == AddressFamily.INET ? IP_TTL : IPV6_UNICAST_HOPS, connect.ttl())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    handleBy(id, channel);
                  }
                });
    Secret key = connect.md5Key();
    if (key != null) {
      bootstrap.option(EpollChannelOption.TCP_MD5SIG, Map.of(inet(peer), key.reveal()));
    }
    // It is known here before anything can happen to it.
    ChannelFuture registered = bootstrap.register();
    Channel channel = registered.channel();
    channels.put(id, channel);
    IpAddress local = connect.local();
    SocketAddress from = local == null ? null : new InetSocketAddress(inet(local), 0);
    SocketAddress to = new InetSocketAddress(inet(peer), connect.remote().port());
    registered.addListener(done -> {
      if (done.isSuccess()) {
        ChannelFuture connecting = from == null ? channel.connect(to) : channel.connect(to, from);
        connecting.addListener(outcome -> connected(id, channel, outcome, connect.remote()));
      } else {
        connected(id, channel, done, connect.remote());
      }
    });
  }

  private void connected(ConnectionId id, Channel channel, Future<?> outcome, Endpoint remote) {
    InetSocketAddress local = (InetSocketAddress) channel.localAddress();
    if (outcome.isSuccess() && local != null) {
      if (channels.containsKey(id)) {
        events.accept(new BgpEvent.TransportOpened(id, endpoint(local), remote, false));
      }
    } else {
      channel.close();
      if (channels.remove(id) != null) {
        events.accept(new BgpEvent.TransportFailed(id, reason(outcome.cause())));
      }
    }
  }

  public void send(ConnectionId id, Octets message) {
    Channel channel = channels.get(id);
    if (channel != null) {
      channel.writeAndFlush(Unpooled.wrappedBuffer(message.toByteArray()), channel.voidPromise());
    }
  }

  /** Reports once, by {@code TransportWritable}, when little of what was sent still waits. */
  public void awaitWritable(ConnectionId id) {
    Channel channel = channels.get(id);
    if (channel != null) {
      channel.eventLoop().execute(() -> askIfWritable(channel));
    }
  }

  private static void askIfWritable(Channel channel) {
    WritableNotice notice = channel.pipeline().get(WritableNotice.class);
    if (notice != null) {
      notice.ask(channel.isWritable());
    }
  }

  /** Octets that wait for peers to take them, over all connections. Safe to call from anywhere. */
  public long queuedOctets() {
    long queued = 0;
    for (Channel channel : channels.values()) {
      ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
      queued += waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }
    return queued;
  }

  /** Closes after what was sent; no event follows. */
  public void close(ConnectionId id) {
    Channel channel = channels.remove(id);
    if (channel != null) {
      channel.eventLoop().execute(() -> finish(channel));
    }
  }

  /** On the event loop. A connection that is still being made has no last words. */
  private static void finish(Channel channel) {
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    // An empty write behind the others, so that a last NOTIFICATION still leaves; who does not take
    // it is not waited for.
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
    channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    listeners.values().forEach(Channel::close);
    channels.values().forEach(Channel::close);
  }

  private static Map<InetAddress, byte[]> md5Keys(
      SortedMap<IpAddress, Listener> peers, AddressFamily family) {
    return peers.values().stream()
        .filter(p -> p.peer().family() == family && p.md5Key() != null)
        .collect(Collectors.toMap(p -> inet(p.peer()), p -> revealed(p.md5Key())));
  }

  private static byte[] revealed(@Nullable Secret key) {
    return key == null ? new byte[0] : key.reveal();
  }

  private static InetAddress inet(IpAddress address) {
    try {
      return InetAddress.getByAddress(address.toBytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 octets", e);
    }
  }

  private static Endpoint endpoint(InetSocketAddress address) {
    return new Endpoint(IpAddress.ofBytes(address.getAddress().getAddress()), address.getPort());
  }

  static String reason(@Nullable Throwable cause) {
    String message = cause == null ? null : cause.getMessage();
    return message == null ? String.valueOf(cause) : message;
  }
}
