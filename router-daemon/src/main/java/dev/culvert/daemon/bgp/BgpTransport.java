package dev.culvert.daemon.bgp;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.Listener;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
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
import org.jspecify.annotations.Nullable;

/**
 * BGP's TCP connections (RFC 4271 §8) on Netty's epoll, with TCP-MD5 (RFC 2385): whole messages to
 * the engine, its messages to the wire. The methods are called from the routing thread; events are
 * handed over from Netty's.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a channel comes as an event
public final class BgpTransport implements AutoCloseable {
  private static final int BGP_PORT = 179;
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  /** How long a closing connection may take for its last words. */
  private static final int LINGER_SECONDS = 2;

  private static final ChannelOption<Integer> IP_TTL = new IntegerUnixChannelOption("IP_TTL", 0, 2);

  private static final ChannelOption<Integer> IPV6_UNICAST_HOPS =
      new IntegerUnixChannelOption("IPV6_UNICAST_HOPS", 41, 16);

  private final Supplier<EventLoopGroup> group;
  private final Consumer<BgpEvent> events;
  private final Executor routing;
  private final Map<ConnectionId, Channel> channels = new ConcurrentHashMap<>();
  private final AtomicLong nextIncoming = new AtomicLong(-1);
  private final BgpListeners listeners;

  private volatile SortedMap<IpPrefix, Listener> accepted = new TreeMap<>();

  /**
   * @param group asked for when the first socket is needed
   * @param events hands an event to the routing thread
   * @param routing runs on the routing thread, behind all events handed there before
   */
  public BgpTransport(Supplier<EventLoopGroup> group, Consumer<BgpEvent> events, Executor routing) {
    this(group, events, routing, BGP_PORT);
  }

  BgpTransport(
      Supplier<EventLoopGroup> group, Consumer<BgpEvent> events, Executor routing, int port) {
    this.group = group;
    this.events = events;
    this.routing = routing;
    this.listeners = new BgpListeners(group, routing, port, this::accept);
  }

  /** Accepts from exactly these peers, at exactly these addresses, by their TCP-MD5 keys. */
  public void listen(BgpAction.Listen wanted) {
    SortedMap<IpPrefix, Listener> next = new TreeMap<>();
    wanted.listeners().forEach(p -> next.putIfAbsent(p.from(), p));
    // Nobody gets in by a key that is on its way in or out.
    accepted = inBoth(accepted, next);
    listeners.listen(wanted.addresses(), md5Keys(wanted.listeners()));
    accepted = next;
  }

  private static SortedMap<IpPrefix, Listener> inBoth(
      SortedMap<IpPrefix, Listener> before, SortedMap<IpPrefix, Listener> after) {
    SortedMap<IpPrefix, Listener> both = new TreeMap<>(before);
    both.entrySet().retainAll(after.entrySet());
    return both;
  }

  private static SortedMap<IpPrefix, Secret> md5Keys(List<Listener> peers) {
    SortedMap<IpPrefix, Secret> keys = new TreeMap<>();
    for (Listener peer : peers) {
      Secret key = peer.md5Key();
      if (key != null) {
        keys.putIfAbsent(peer.from(), key);
      }
    }
    return keys;
  }

  /** The listener of the longest prefix. */
  private static @Nullable Listener listenerFor(
      SortedMap<IpPrefix, Listener> listeners, IpAddress remote) {
    for (int length = remote.family().bits(); length >= 0; length--) {
      Listener found = listeners.get(IpPrefix.of(remote, length));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** Attempts to listen that failed since the start. Safe to call from anywhere. */
  public long bindErrors() {
    return listeners.errors();
  }

  /** Addresses that cannot be listened on as yet, with the reason. Safe to call from anywhere. */
  public SortedMap<IpAddress, String> bindFailures() {
    return listeners.failures();
  }

  private void accept(Channel channel) {
    InetSocketAddress from = (InetSocketAddress) channel.remoteAddress();
    InetSocketAddress at = (InetSocketAddress) channel.localAddress();
    // Without addresses it has been reset already.
    Listener peer = from == null ? null : listenerFor(accepted, endpoint(from).address());
    if (from == null || at == null || peer == null) {
      channel.close();
      return;
    }
    ConnectionId id = new ConnectionId(nextIncoming.getAndDecrement());
    channels.put(id, channel);
    handleBy(id, channel, peer.sendHoldTime());
    events.accept(new BgpEvent.TransportOpened(id, endpoint(at), endpoint(from), true));
  }

  private void handleBy(ConnectionId id, Channel channel, Duration sendHoldTime) {
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
                    handleBy(id, channel, connect.sendHoldTime());
                  }
                });
    Secret key = connect.md5Key();
    // It is known here before anything can happen to it; it has its options by then.
    ChannelFuture registered =
        key == null
            ? bootstrap.register()
            : Md5Keys.reveal(
                Map.of(inet(peer), key),
                keys -> bootstrap.option(EpollChannelOption.TCP_MD5SIG, keys).register());
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
    listeners.close();
    channels.values().forEach(Channel::close);
  }

  static InetAddress inet(IpAddress address) {
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
