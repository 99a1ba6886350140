package dev.culvert.ospf.lsdb;

import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.lsdb.DatabaseCopy.Origin;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All LSAs of the backbone and the AS externals, in key order. Confined to the routing thread. */
public final class LinkStateDatabase {
  /** Bounds the memory a misbehaving router can take; a thousand routers need a tenth of it. */
  public static final int MAX_LSAS = 500_000;

  private final NavigableMap<LsaKey, DatabaseCopy> copies = new TreeMap<>();
  private final TreeSet<LsaKey> maxAge = new TreeSet<>();

  public @Nullable DatabaseCopy get(LsaKey key) {
    return copies.get(key);
  }

  public int size() {
    return copies.size();
  }

  public boolean isFull() {
    return copies.size() >= MAX_LSAS;
  }

  public Collection<Map.Entry<LsaKey, DatabaseCopy>> entries() {
    return Collections.unmodifiableCollection(copies.entrySet());
  }

  /** Puts an instance in place of the one before; true if routes may change. */
  public boolean install(Lsa lsa, LsaBody body, Instant now, Origin origin) {
    DatabaseCopy copy = new DatabaseCopy(lsa, body, now, origin);
    DatabaseCopy before = copies.put(lsa.key(), copy);
    if (lsa.header().isMaxAge()) {
      maxAge.add(lsa.key());
    } else {
      maxAge.remove(lsa.key());
    }
    return copy.differsFrom(before, now);
  }

  /** Notes that an LSA reached MaxAge where it lies. */
  public void expire(LsaKey key) {
    if (copies.containsKey(key)) {
      maxAge.add(key);
    }
  }

  public void remove(LsaKey key) {
    copies.remove(key);
    maxAge.remove(key);
  }

  /** LSAs of MaxAge that wait for the last acknowledgment. */
  public List<LsaKey> expired() {
    return List.copyOf(maxAge);
  }

  /** Keys of the LSAs that bear this router's id. */
  public List<LsaKey> advertisedBy(RouterId id) {
    return copies.keySet().stream().filter(k -> k.advertisingRouter().equals(id)).toList();
  }

  public void clear() {
    copies.clear();
    maxAge.clear();
  }
}
