package dev.culvert.engine;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.instance.LivenessClient;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which protocols watch which neighbor: several share one BFD session, which runs with the
 * strictest of their settings. Confined to the routing thread.
 */
final class LivenessClients {
  private record Key(InterfaceName interfaceName, IpAddress neighbor) implements Comparable<Key> {
    static Key of(LivenessTarget target) {
      return new Key(target.interfaceName(), target.neighbor());
    }

    @Override
    public int compareTo(Key other) {
      int byInterface = interfaceName.compareTo(other.interfaceName);
      return byInterface != 0 ? byInterface : neighbor.compareTo(other.neighbor);
    }
  }

  private static final class Session {
    /** The first client's: what BFD knows the session by. */
    final LivenessTarget target;

    final SortedMap<LivenessClient, LivenessConfig> configs = new TreeMap<>();
    final SortedMap<LivenessClient, LivenessTarget> targets = new TreeMap<>();
    @Nullable LivenessConfig running;

    /** As BFD said last. */
    boolean up;

    Session(LivenessTarget target) {
      this.target = target;
    }
  }

  /** What BFD is to be told after a change; null where nothing. */
  record Change(LivenessTarget target, @Nullable LivenessConfig config) {}

  /** What a client is to be told that others have been told before. */
  record News(LivenessClient client, LivenessTarget target) {}

  private final SortedMap<Key, Session> sessions = new TreeMap<>();
  private List<News> news = new ArrayList<>();

  /**
   * Adds or changes one client's interest. Null if the running session already satisfies it. A
   * client takes a session for down until it is told otherwise: one that joins a session that is up
   * finds that among the {@link #takeNews news}.
   */
  @Nullable Change watch(LivenessClient client, LivenessTarget target, LivenessConfig config) {
    Session session = sessions.computeIfAbsent(Key.of(target), k -> new Session(target));
    boolean joins = session.configs.put(client, config) == null;
    session.targets.put(client, target);
    if (joins && session.up) {
      news.add(new News(client, target));
    }
    return settle(session);
  }

  /** Drops one client's interest; the change has no config when it was the last. */
  @Nullable Change unwatch(LivenessClient client, LivenessTarget target) {
    Session session = sessions.get(Key.of(target));
    if (session == null || session.configs.remove(client) == null) {
      return null;
    }
    session.targets.remove(client);
    news.removeIf(told -> told.client().equals(client) && told.target().equals(target));
    if (session.configs.isEmpty()) {
      sessions.remove(Key.of(target));
      return new Change(session.target, null);
    }
    return settle(session);
  }

  /** Drops all of one client's interests. */
  List<Change> unwatchAll(LivenessClient client) {
    List<LivenessTarget> watched =
        sessions.values().stream().flatMap(s -> Stream.ofNullable(s.targets.get(client))).toList();
    return watched.stream().flatMap(t -> Stream.ofNullable(unwatch(client, t))).toList();
  }

  /** BFD has said so, of the target as it knows it. */
  void changed(LivenessTarget target, boolean up) {
    Session session = sessions.get(Key.of(target));
    if (session != null) {
      session.up = up;
      news.removeIf(told -> Key.of(told.target()).equals(Key.of(target)));
    }
  }

  boolean hasNews() {
    return !news.isEmpty();
  }

  /** Who has joined a session that is up and does not know it, each once. */
  List<News> takeNews() {
    List<News> taken = news;
    news = new ArrayList<>();
    return taken;
  }

  /** The target as that client named it, or null if it does not watch. */
  @Nullable LivenessTarget targetOf(LivenessClient client, LivenessTarget target) {
    Session session = sessions.get(Key.of(target));
    return session == null ? null : session.targets.get(client);
  }

  /** Names of the clients of a session, for {@code show bfd session}. */
  List<String> clientsOf(LivenessTarget target) {
    Session session = sessions.get(Key.of(target));
    return session == null
        ? List.of()
        : session.configs.keySet().stream().map(LivenessClient::name).toList();
  }

  private static @Nullable Change settle(Session session) {
    LivenessConfig strictest =
        session.configs.values().stream().reduce(LivenessConfig::stricter).orElseThrow();
    if (strictest.equals(session.running)) {
      return null;
    }
    session.running = strictest;
    return new Change(session.target, strictest);
  }
}
