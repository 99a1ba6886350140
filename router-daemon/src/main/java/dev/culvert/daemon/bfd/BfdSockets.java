package dev.culvert.daemon.bfd;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of BFD's sockets are open. They are bound to a device, and so of no use once it is made
 * again: each is opened as soon as its interface is there, and again whenever it has another index.
 * Confined to the BFD thread.
 */
final class BfdSockets<L, T> {
  private static final Logger LOG = LoggerFactory.getLogger(BfdSockets.class);

  /** Where packets of an interface arrive. */
  record Listening(InterfaceName name, AddressFamily family) {}

  /** Where packets of a session leave. */
  record Path(InterfaceName name, IpAddress source, IpAddress destination) {}

  /** Opens and closes them. */
  interface Opener<L, T> {
    L listen(Listening listening) throws IOException;

    void closeListener(L listener);

    T transmitter(Path path) throws IOException;

    void closeTransmitter(T transmitter);

    /** {@link BfdSockets#tryAgain} is to be called in a while. */
    void tryAgainLater();
  }

  private record Opened<S>(S socket, int index) {}

  /**
   * @param wanted the source that was asked for; null if the primary address would do
   */
  private record Way<T>(@Nullable IpAddress wanted, Path path, Opened<T> opened) {}

  private final Opener<L, T> opener;
  private final Set<Listening> wanted = new LinkedHashSet<>();
  private final Map<Listening, Opened<L>> listeners = new LinkedHashMap<>();

  /** By interface and destination, as sessions are: a send looks here and makes no garbage. */
  private final Map<InterfaceName, Map<IpAddress, Way<T>>> ways = new LinkedHashMap<>();

  /** What has been told of a failure, until the interfaces change. */
  private final Map<Object, String> told = new HashMap<>();

  private SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();

  BfdSockets(Opener<L, T> opener) {
    this.opener = opener;
  }

  void want(Listening listening) {
    if (wanted.add(listening)) {
      listen(listening);
    }
  }

  void unwant(Listening listening) {
    wanted.remove(listening);
    closeListener(listening);
    closeWays(way ->
        way.path().name().equals(listening.name())
            && way.path().destination().family() == listening.family());
  }

  /** Nobody wants any, until somebody says so again. */
  void unwantAll() {
    List.copyOf(wanted).forEach(this::unwant);
  }

  /** Closes what is bound to a device that is gone, opens what has one. */
  void interfacesChanged(List<InterfaceState> states) {
    interfaces = new TreeMap<>();
    Set<IpAddress> own = new HashSet<>();
    for (InterfaceState state : states) {
      interfaces.put(state.name(), state);
      state.addresses().forEach(address -> own.add(address.address()));
    }
    told.clear();
    for (Map.Entry<Listening, Opened<L>> entry : new LinkedHashMap<>(listeners).entrySet()) {
      if (entry.getValue().index() != index(entry.getKey().name())) {
        closeListener(entry.getKey());
      }
    }
    closeWays(way -> !isCurrent(way, own));
    tryAgain();
  }

  /** The device is the same, and the source one of ours, where it was left open the first. */
  private boolean isCurrent(Way<T> way, Set<IpAddress> own) {
    Path path = way.path();
    return way.opened().index() == index(path.name())
        && (way.wanted() == null
            ? path.source().equals(primary(path.name(), path.destination().family()))
            : own.contains(path.source()));
  }

  /** Opens what is wanted and was refused. */
  void tryAgain() {
    wanted.forEach(this::listen);
  }

  private void listen(Listening listening) {
    int index = index(listening.name());
    // Without its device it waits for interfacesChanged.
    if (index == 0 || listeners.containsKey(listening)) {
      return;
    }
    try {
      listeners.put(listening, new Opened<>(opener.listen(listening), index));
      told.remove(listening);
    } catch (IOException e) {
      if (isNews(listening, e)) {
        LOG.error("BFD_SOCKET_FAILED interface={} reason={}", listening.name(), e.getMessage());
      }
      opener.tryAgainLater();
    }
  }

  /** Null if there is none to be had: silence is the right signal. */
  @Nullable T transmitter(InterfaceName out, @Nullable IpAddress source, IpAddress destination) {
    Map<IpAddress, Way<T>> onInterface = ways.get(out);
    Way<T> known = onInterface == null ? null : onInterface.get(destination);
    return known != null && Objects.equals(known.wanted(), source)
        ? known.opened().socket()
        : open(out, source, destination);
  }

  private @Nullable T open(InterfaceName out, @Nullable IpAddress source, IpAddress destination) {
    Map<IpAddress, Way<T>> onInterface = ways.computeIfAbsent(out, o -> new LinkedHashMap<>());
    Way<T> before = onInterface.remove(destination);
    if (before != null) {
      opener.closeTransmitter(before.opened().socket());
    }
    IpAddress from = source == null ? primary(out, destination.family()) : source;
    if (from == null) {
      return null;
    }
    Path path = new Path(out, from, destination);
    try {
      T opened = opener.transmitter(path);
      onInterface.put(destination, new Way<>(source, path, new Opened<>(opened, index(out))));
      told.remove(path);
      return opened;
    } catch (IOException e) {
      if (isNews(path, e)) {
        LOG.warn("BFD_TRANSMIT_FAILED interface={} source={} reason={}", out, from, e.getMessage());
      }
      return null;
    }
  }

  /** Sessions try many times a second: each is told once. */
  private boolean isNews(Object what, IOException reason) {
    String text = String.valueOf(reason.getMessage());
    return !text.equals(told.put(what, text));
  }

  private int index(InterfaceName name) {
    InterfaceState state = interfaces.get(name);
    return state == null ? 0 : state.index();
  }

  private @Nullable IpAddress primary(InterfaceName name, AddressFamily family) {
    InterfaceState state = interfaces.get(name);
    return state == null ? null : state.primary(family).map(InterfaceAddress::address).orElse(null);
  }

  private void closeListener(Listening listening) {
    Opened<L> opened = listeners.remove(listening);
    if (opened != null) {
      opener.closeListener(opened.socket());
    }
  }

  private void closeWays(Predicate<Way<T>> which) {
    for (Map<IpAddress, Way<T>> onInterface : ways.values()) {
      onInterface
          .values()
          .removeIf(way -> {
            boolean closing = which.test(way);
            if (closing) {
              opener.closeTransmitter(way.opened().socket());
            }
            return closing;
          });
    }
    ways.values().removeIf(Map::isEmpty);
  }

  /** Every socket that listens. */
  void forEachListener(Consumer<? super L> action) {
    for (Opened<L> opened : List.copyOf(listeners.values())) {
      action.accept(opened.socket());
    }
  }

  /** Nothing is wanted any more. */
  void close() {
    wanted.clear();
    List.copyOf(listeners.keySet()).forEach(this::closeListener);
    closeWays(way -> true);
  }
}
