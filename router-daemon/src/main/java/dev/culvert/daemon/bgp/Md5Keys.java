package dev.culvert.daemon.bgp;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Secret;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;

/** TCP-MD5 keys (RFC 2385) on their way into the kernel, which keeps its own copy. */
final class Md5Keys {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_MD5SIG_EXT = 32;
  private static final byte TCP_MD5SIG_FLAG_PREFIX = 1;
  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;

  /** {@code struct sockaddr_storage}, which {@code struct tcp_md5sig} begins with. */
  private static final int SOCKADDR_STORAGE = 128;

  /** Where {@code sockaddr_in} and {@code sockaddr_in6} have the address. */
  private static final int INET_ADDRESS = 4;

  private static final int INET6_ADDRESS = 8;

  private static final int MOST_KEY_OCTETS = 80;

  /** Address, flags, length of the prefix and of the key, interface, key. */
  private static final int TCP_MD5SIG_LENGTH = SOCKADDR_STORAGE + 1 + 1 + 2 + 4 + MOST_KEY_OCTETS;

  private static final ChannelOption<ByteBuffer> KEY_OF_PREFIX =
      new RawUnixChannelOption("TCP_MD5SIG_EXT", IPPROTO_TCP, TCP_MD5SIG_EXT, TCP_MD5SIG_LENGTH);

  private Md5Keys() {}

  /**
   * Reveals the keys for as long as a call takes.
   *
   * @param use has handed them to the kernel when it returns
   */
  static <T> T reveal(Map<InetAddress, Secret> keys, Function<Map<InetAddress, byte[]>, T> use) {
    Map<InetAddress, byte[]> revealed = new HashMap<>();
    keys.forEach((peer, key) -> revealed.put(peer, key.reveal()));
    try {
      return use.apply(revealed);
    } finally {
      revealed.values().forEach(octets -> Arrays.fill(octets, (byte) 0));
    }
  }

  /**
   * Gives a listening socket exactly these keys; the kernel takes that of the longest prefix.
   *
   * @param keys by peer or by prefix, all of the socket's family
   * @param prefixes those that have keys there; changed to what holds afterwards
   * @throws io.netty.channel.ChannelException if the kernel refuses one
   */
  static void set(Channel socket, SortedMap<IpPrefix, Secret> keys, Set<IpPrefix> prefixes) {
    Map<InetAddress, Secret> ofHosts = new HashMap<>();
    Set<IpPrefix> gone = new TreeSet<>(prefixes);
    keys.forEach((from, key) -> {
      if (from.isHost()) {
        ofHosts.put(BgpTransport.inet(from.network()), key);
      } else {
        setOfPrefix(socket, from, key.reveal());
        prefixes.add(from);
        gone.remove(from);
      }
    });
    for (IpPrefix from : gone) {
      setOfPrefix(socket, from, new byte[0]);
      prefixes.remove(from);
    }
    boolean ignored =
        reveal(
            ofHosts,
            revealed -> socket.config().setOption(EpollChannelOption.TCP_MD5SIG, revealed));
  }

  /**
   * @param key erased; empty to take the prefix's key away
   */
  private static void setOfPrefix(Channel socket, IpPrefix from, byte[] key) {
    ByteBuffer request = ByteBuffer.allocate(TCP_MD5SIG_LENGTH).order(ByteOrder.nativeOrder());
    byte[] address = from.network().toBytes();
    // Netty's sockets are of IPv6 where there is any: they know an IPv4 address as a mapped one.
    boolean isInet6 = Socket.isIPv6Preferred() || from.family() == AddressFamily.INET6;
    request.putShort(0, isInet6 ? AF_INET6 : AF_INET);
    if (isInet6 && from.family() == AddressFamily.INET) {
      request.putShort(INET6_ADDRESS + 10, (short) 0xFFFF);
      request.put(INET6_ADDRESS + 12, address);
    } else {
      request.put(isInet6 ? INET6_ADDRESS : INET_ADDRESS, address);
    }
    request.put(SOCKADDR_STORAGE, TCP_MD5SIG_FLAG_PREFIX);
    request.put(SOCKADDR_STORAGE + 1, (byte) from.length());
    request.putShort(SOCKADDR_STORAGE + 2, (short) key.length);
    request.put(SOCKADDR_STORAGE + 8, key);
    Arrays.fill(key, (byte) 0);
    try {
      boolean ignored = socket.config().setOption(KEY_OF_PREFIX, request);
    } finally {
      Arrays.fill(request.array(), (byte) 0);
    }
  }
}
