package dev.culvert.daemon.bfd;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.daemon.problem.Refusals;
import java.io.IOException;
import java.time.Duration;
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
  record Listening(InterfaceName name, AddressFamily family) {
    @Override
    public String toString() {
      return name + (family == AddressFamily.INET ? "" : " (IPv6)");
    }
  }

  /** Where packets of a session leave. */
  record Path(InterfaceName name, IpAddress source, IpAddress destination) {}

  /** Opens and closes them. */
  interface Opener<L, T> {
    L listen(Listening listening) throws IOException;

    void closeListener(L listener);

    T transmitter(Path path) throws IOException;

    void closeTransmitter(T transmitter);

    /** Runs the task on the BFD thread when the time is over. */
    void later(Duration pause, Runnable task);
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

  /** Refused, and to be tried again when a pause is over. */
  private final Set<Listening> waiting = new HashSet<>();

  private final Refusals refusals;

  /** What has been told of paths that cannot be sent on, until the interfaces change. */
  private final Map<Path, String> told = new HashMap<>();

  private SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();

  BfdSockets(Opener<L, T> opener, Refusals refusals) {
    this.opener = opener;
    this.refusals = refusals;
  }

  void want(Listening listening) {
    if (wanted.add(listening)) {
      listen(listening);
    }
  }

  void unwant(Listening listening) {
    wanted.remove(listening);
    refusals.mended(listening);
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
    wanted.forEach(this::listen);
  }

  /** The device is the same, and the source one of ours, where it was left open the first. */
  private boolean isCurrent(Way<T> way, Set<IpAddress> own) {
    Path path = way.path();
    return way.opened().index() == index(path.name())
        && (way.wanted() == null
            ? path.source().equals(primary(path.name(), path.destination().family()))
            : own.contains(path.source()));
  }

  private void listen(Listening listening) {
    int index = index(listening.name());
    if (index == 0) {
      // It waits for interfacesChanged, and the device is what is missing.
      refusals.mended(listening);
      return;
    }
    if (listeners.containsKey(listening)) {
      return;
    }
    try {
      listeners.put(listening, new Opened<>(opener.listen(listening), index));
      if (refusals.mended(listening)) {
        LOG.info("BFD_SOCKET_OPENED interface={}", listening.name());
      }
    } catch (IOException e) {
      Refusals.Refusal refusal = refusals.refused(listening, e.getMessage());
      if (refusal.isNews()) {
        LOG.error("BFD_SOCKET_FAILED interface={} reason={}", listening.name(), e.getMessage());
      }
      if (waiting.add(listening)) {
        opener.later(refusal.pause(), () -> tryAgain(listening));
      }
    }
  }

  private void tryAgain(Listening listening) {
    waiting.remove(listening);
    if (wanted.contains(listening)) {
      listen(listening);
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
  private boolean isNews(Path path, IOException reason) {
    String text = String.valueOf(reason.getMessage());
    return !text.equals(told.put(path, text));
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
