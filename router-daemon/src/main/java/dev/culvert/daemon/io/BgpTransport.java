package dev.culvert.daemon.io;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.ConnectionId;
import dev.culvert.bgp.Listener;
import dev.culvert.bgp.message.BgpFramer;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

  /** RFC 4271 §4.1 messages queue up behind a stuck peer; its hold timer ends that. */
  private static final ChannelOption<Integer> IP_TTL = new IntegerUnixChannelOption("IP_TTL", 0, 2);

  private static final ChannelOption<Integer> IPV6_UNICAST_HOPS =
      new IntegerUnixChannelOption("IPV6_UNICAST_HOPS", 41, 16);
  private static final ChannelOption<Integer> IPV6_V6ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

  private final EventLoopGroup group;
  private final Consumer<BgpEvent> events;
  private final Map<ConnectionId, Channel> channels = new ConcurrentHashMap<>();
  private final AtomicLong nextIncoming = new AtomicLong(-1);
  private final Map<AddressFamily, Channel> listeners = new LinkedHashMap<>();
  private volatile SortedMap<IpAddress, Listener> accepted = new TreeMap<>();

  public BgpTransport(EventLoopGroup group, Consumer<BgpEvent> events) {
    this.group = group;
    this.events = events;
  }

  /** Accepts from exactly these peers; sets or changes their TCP-MD5 keys. */
  public void listen(List<Listener> peers) {
    SortedMap<IpAddress, Listener> next = new TreeMap<>();
    peers.forEach(p -> next.put(p.peer(), p));
    accepted = next;
    for (AddressFamily family : AddressFamily.values()) {
      Map<InetAddress, byte[]> keys = md5Keys(next, family);
      boolean wanted = next.keySet().stream().anyMatch(a -> a.family() == family);
      Channel listener = listeners.get(family);
      if (!wanted) {
        if (listener != null) {
          listeners.remove(family);
          listener.close();
        }
      } else if (listener == null) {
        bindListener(family, keys);
      } else {
        listener.config().setOption(EpollChannelOption.TCP_MD5SIG, keys);
      }
    }
  }

  private void bindListener(AddressFamily family, Map<InetAddress, byte[]> keys) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
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
    ChannelFuture bound = bootstrap.bind(new InetSocketAddress(any, BGP_PORT));
    listeners.put(family, bound.channel());
    bound.addListener(done -> {
      if (!done.isSuccess()) {
        LOG.error("BGP_LISTEN_FAILED address={} reason={}", any, reason(done.cause()));
      }
    });
  }

  private void accept(Channel channel) {
    Endpoint remote = endpoint((InetSocketAddress) channel.remoteAddress());
    if (!accepted.containsKey(remote.address())) {
      channel.close();
      return;
    }
    ConnectionId id = new ConnectionId(nextIncoming.getAndDecrement());
    channels.put(id, channel);
    channel.pipeline().addLast(new Reader(id));
    Endpoint local = endpoint((InetSocketAddress) channel.localAddress());
    events.accept(new BgpEvent.TransportOpened(id, local, remote, true));
  }

  /** Starts a connection; the outcome comes as an event. */
  public void connect(BgpAction.Connect connect) {
    ConnectionId id = connect.connection();
    IpAddress peer = connect.remote().address();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(peer.family() == AddressFamily.INET ? IP_TTL : IPV6_UNICAST_HOPS, connect.ttl())
            .handler(new Reader(id));
    Secret key = connect.md5Key();
    if (key != null) {
      bootstrap.option(EpollChannelOption.TCP_MD5SIG, Map.of(inet(peer), key.reveal()));
    }
    IpAddress local = connect.local();
    InetSocketAddress from = local == null ? null : new InetSocketAddress(inet(local), 0);
    ChannelFuture connecting =
        bootstrap.connect(new InetSocketAddress(inet(peer), connect.remote().port()), from);
    channels.put(id, connecting.channel());
    connecting.addListener(done -> connected(id, connecting, connect.remote()));
  }

  private void connected(ConnectionId id, ChannelFuture connecting, Endpoint remote) {
    if (connecting.isSuccess()) {
      Endpoint local = endpoint((InetSocketAddress) connecting.channel().localAddress());
      events.accept(new BgpEvent.TransportOpened(id, local, remote, false));
    } else if (channels.remove(id) != null) {
      events.accept(new BgpEvent.TransportFailed(id, reason(connecting.cause())));
    }
  }

  public void send(ConnectionId id, Octets message) {
    Channel channel = channels.get(id);
    if (channel != null) {
      channel.writeAndFlush(Unpooled.wrappedBuffer(message.toByteArray()), channel.voidPromise());
    }
  }

  /** Closes after what was sent; no event follows. */
  public void close(ConnectionId id) {
    Channel channel = channels.remove(id);
    if (channel != null) {
      // An empty write behind the others, so that a last NOTIFICATION still leaves.
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
    }
  }

  @Override
  public void close() {
    listeners.values().forEach(Channel::close);
    channels.values().forEach(Channel::close);
  }

  /** Cuts the byte stream into messages. */
  private final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final ConnectionId id;
    private final BgpFramer framer = new BgpFramer();

    Reader(ConnectionId id) {
      this.id = id;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf received) {
      byte[] bytes = new byte[received.readableBytes()];
      received.readBytes(bytes);
      framer
          .feed(Octets.wrap(bytes))
          .forEach(framed -> events.accept(new BgpEvent.MessageReceived(id, framed.octets())));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      lost("connection closed by the peer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      lost(reason(cause));
      context.close();
    }

    private void lost(String reason) {
      if (channels.remove(id) != null) {
        events.accept(new BgpEvent.TransportClosed(id, reason));
      }
    }
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

  private static String reason(@Nullable Throwable cause) {
    String message = cause == null ? null : cause.getMessage();
    return message == null ? String.valueOf(cause) : message;
  }
}
