package dev.culvert.daemon.io;

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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
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

  private final Opener<L, T> opener;
  private final Set<Listening> wanted = new LinkedHashSet<>();
  private final Map<Listening, Opened<L>> listeners = new LinkedHashMap<>();
  private final Map<Path, Opened<T>> transmitters = new LinkedHashMap<>();

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
    closeTransmitters((path, opened) ->
        path.name().equals(listening.name()) && path.destination().family() == listening.family());
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
    closeTransmitters(
        (path, opened) -> opened.index() != index(path.name()) || !own.contains(path.source()));
    tryAgain();
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
    IpAddress from = source == null ? primary(out, destination.family()) : source;
    if (from == null) {
      return null;
    }
    Path path = new Path(out, from, destination);
    Opened<T> known = transmitters.get(path);
    if (known != null) {
      return known.socket();
    }
    try {
      T opened = opener.transmitter(path);
      transmitters.put(path, new Opened<>(opened, index(out)));
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

  private void closeTransmitters(BiPredicate<Path, Opened<T>> which) {
    new LinkedHashMap<>(transmitters)
        .forEach((path, opened) -> {
          if (which.test(path, opened)) {
            transmitters.remove(path);
            opener.closeTransmitter(opened.socket());
          }
        });
  }

  /** Nothing is wanted any more. */
  void close() {
    wanted.clear();
    List.copyOf(listeners.keySet()).forEach(this::closeListener);
    closeTransmitters((path, opened) -> true);
  }
}
