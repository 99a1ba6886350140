package dev.culvert.bfd;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import java.util.Collection;
import java.util.Collections;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All sessions, by what configuration, packets and timers know them by. */
final class SessionTable {
  /** Where packets of a session arrive, together with those of others. */
  record Socket(InterfaceName interfaceName, AddressFamily family) implements Comparable<Socket> {
    static Socket of(Session.Key key) {
      return new Socket(key.interfaceName(), key.neighbor().family());
    }

    @Override
    public int compareTo(Socket other) {
      int byName = interfaceName.compareTo(other.interfaceName);
      return byName != 0 ? byName : family.compareTo(other.family);
    }
  }

  final SessionHeap heap = new SessionHeap();
  private final TreeMap<Session.Key, Session> byKey = new TreeMap<>();
  private final DiscriminatorTable byDiscriminator = new DiscriminatorTable();
  private final TreeMap<Socket, Integer> bySocket = new TreeMap<>();

  /** By interface and neighbor. */
  Collection<Session> all() {
    return Collections.unmodifiableCollection(byKey.values());
  }

  @Nullable Session get(Session.Key key) {
    return byKey.get(key);
  }

  @Nullable Session get(int discriminator) {
    return byDiscriminator.get(discriminator);
  }

  /** True if it is the first of its socket, which has to be opened. */
  boolean add(Session session) {
    byKey.put(session.key, session);
    byDiscriminator.add(session);
    return bySocket.merge(Socket.of(session.key), 1, Integer::sum) == 1;
  }

  /** True if it was the last of its socket, which has to be closed. */
  boolean remove(Session session) {
    byKey.remove(session.key);
    byDiscriminator.remove(session);
    if (session.heapIndex >= 0) {
      heap.remove(session);
    }
    Socket socket = Socket.of(session.key);
    if (bySocket.merge(socket, -1, Integer::sum) > 0) {
      return false;
    }
    bySocket.remove(socket);
    return true;
  }
}
