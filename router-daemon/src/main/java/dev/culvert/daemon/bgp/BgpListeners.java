package dev.culvert.daemon.bgp;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Secret;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets on which BGP's peers may connect, one for each address; an address that cannot be
 * listened on is tried again, less and less often. Confined to the routing thread but for what is
 * counted.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // what becomes of a channel is told the routing thread
final class BgpListeners {
  private static final Logger LOG = LoggerFactory.getLogger(BgpListeners.class);

  private static final int FIRST_RETRY_SECONDS = 1;
  private static final int LAST_RETRY_SECONDS = 64;

  /** A socket of one address, and how often in a row it could not be had. */
  private static final class Listening {
    @Nullable Channel socket;
    int failures;

    /** Prefixes of which the socket has keys. */
    final Set<IpPrefix> prefixKeys = new TreeSet<>();
  }

  private final Supplier<EventLoopGroup> group;
  private final Executor routing;
  private final int port;
  private final Consumer<Channel> accept;
  private final SortedMap<IpAddress, Listening> byAddress = new TreeMap<>();
  private final SortedMap<IpAddress, String> failures = new ConcurrentSkipListMap<>();
  private final LongAdder errors = new LongAdder();
  private SortedMap<IpPrefix, Secret> keys = new TreeMap<>();

  /**
   * @param accept given each connection as it comes, on its event loop
   */
  BgpListeners(
      Supplier<EventLoopGroup> group, Executor routing, int port, Consumer<Channel> accept) {
    this.group = group;
    this.routing = routing;
    this.port = port;
    this.accept = accept;
  }

  /**
   * Listens on these addresses and on no others.
   *
   * @param md5Keys of the peers, and of prefixes of peers, that need one
   */
  void listen(SortedSet<IpAddress> addresses, SortedMap<IpPrefix, Secret> md5Keys) {
    keys = new TreeMap<>(md5Keys);
    for (IpAddress address : List.copyOf(byAddress.keySet())) {
      if (!addresses.contains(address)) {
        close(address);
      }
    }
    for (IpAddress address : addresses) {
      Listening listening = byAddress.computeIfAbsent(address, a -> new Listening());
      Channel socket = listening.socket;
      boolean listens = socket != null && socket.isOpen();
      if (socket == null || !listens || refusalOfKeys(address, socket, listening) != null) {
        bind(address, listening);
      }
    }
  }

  private void close(IpAddress address) {
    Listening gone = byAddress.remove(address);
    failures.remove(address);
    if (gone != null && gone.socket != null) {
      gone.socket.close();
    }
  }

  /**
   * Gives the socket the keys of the peers that can connect to its address. Null if that is done;
   * else why not, and the socket is closed: it must not accept by other keys, or by none.
   */
  private @Nullable String refusalOfKeys(IpAddress address, Channel socket, Listening listening) {
    SortedMap<IpPrefix, Secret> ofFamily = new TreeMap<>(keys);
    ofFamily.keySet().removeIf(from -> from.family() != address.family());
    try {
      Md5Keys.set(socket, ofFamily, listening.prefixKeys);
      return null;
    } catch (ChannelException e) {
      LOG.error("BGP_KEYS_FAILED reason={}", BgpTransport.reason(e));
      socket.close();
      return BgpTransport.reason(e);
    }
  }

  private void bind(IpAddress address, Listening listening) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group.get())
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept.accept(channel);
                  }
                });
    InetSocketAddress at = new InetSocketAddress(BgpTransport.inet(address), port);
    ChannelFuture registered = bootstrap.register();
    Channel socket = registered.channel();
    listening.socket = socket;
    listening.prefixKeys.clear();
    String refusal = refusalOfKeys(address, socket, listening);
    if (refusal != null) {
      routing.execute(() -> bound(address, socket, refusal));
      return;
    }
    registered.addListener(done -> {
      if (done.isSuccess()) {
        socket.bind(at).addListener(outcome -> bound(address, socket, outcome));
      } else {
        bound(address, socket, done);
      }
    });
  }

  private void bound(IpAddress address, Channel socket, Future<?> outcome) {
    String refusal = outcome.isSuccess() ? null : BgpTransport.reason(outcome.cause());
    if (refusal != null) {
      socket.close();
    }
    routing.execute(() -> bound(address, socket, refusal));
  }

  /** On the routing thread; unless something else has been asked for meanwhile. */
  private void bound(IpAddress address, Channel socket, @Nullable String refusal) {
    Listening listening = byAddress.get(address);
    if (listening == null || !socket.equals(listening.socket)) {
      return;
    }
    if (refusal == null) {
      listening.failures = 0;
      if (failures.remove(address) != null) {
        LOG.info("BGP_LISTENING address={} port={}", address, port);
      }
      return;
    }
    errors.increment();
    if (!refusal.equals(failures.put(address, refusal))) {
      LOG.error("BGP_LISTEN_FAILED address={} port={} reason={}", address, port, refusal);
    }
    int delay = FIRST_RETRY_SECONDS << Math.min(listening.failures, 6);
    listening.failures++;
    group
        .get()
        .schedule(
            () -> routing.execute(() -> bindAgain(address, socket)),
            Math.min(delay, LAST_RETRY_SECONDS),
            TimeUnit.SECONDS);
  }

  private void bindAgain(IpAddress address, Channel failed) {
    Listening listening = byAddress.get(address);
    if (listening != null && failed.equals(listening.socket)) {
      bind(address, listening);
    }
  }

  void close() {
    new ArrayList<>(byAddress.keySet()).forEach(this::close);
  }

  /** Attempts to listen that failed. Safe to call from anywhere. */
  long errors() {
    return errors.sum();
  }

  /** Addresses that cannot be listened on as yet, with the reason. Safe to call from anywhere. */
  SortedMap<IpAddress, String> failures() {
    return new TreeMap<>(failures);
  }
}
