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

  /** Of those, the ones that something has changed for since they were looked at last. */
  private final TreeSet<LsaKey> unchecked = new TreeSet<>();

  private final int mostLsas;

  public LinkStateDatabase() {
    this(MAX_LSAS);
  }

  /**
   * @param mostLsas how many it holds, those of this router apart
   */
  public LinkStateDatabase(int mostLsas) {
    this.mostLsas = mostLsas;
  }

  public int mostLsas() {
    return mostLsas;
  }

  public @Nullable DatabaseCopy get(LsaKey key) {
    return copies.get(key);
  }

  public int size() {
    return copies.size();
  }

  public boolean isFull() {
    return copies.size() >= mostLsas;
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
      unchecked.add(lsa.key());
    } else {
      maxAge.remove(lsa.key());
      unchecked.remove(lsa.key());
    }
    return copy.differsFrom(before, now);
  }

  /** Notes that an LSA reached MaxAge where it lies. */
  public void expire(LsaKey key) {
    if (copies.containsKey(key)) {
      maxAge.add(key);
      unchecked.add(key);
    }
  }

  public void remove(LsaKey key) {
    copies.remove(key);
    maxAge.remove(key);
    unchecked.remove(key);
  }

  /** A neighbor is not waited for any more to acknowledge the LSA. */
  public void released(LsaKey key) {
    if (maxAge.contains(key)) {
      unchecked.add(key);
    }
  }

  public boolean hasReleased() {
    return !unchecked.isEmpty();
  }

  /**
   * LSAs of MaxAge that have come, or were released, since this was asked last: of all that wait to
   * go no other can be gone.
   */
  public List<LsaKey> takeReleased() {
    List<LsaKey> taken = List.copyOf(unchecked);
    unchecked.clear();
    return taken;
  }

  /** Keys of the LSAs that bear this router's id. */
  public List<LsaKey> advertisedBy(RouterId id) {
    return copies.keySet().stream().filter(k -> k.advertisingRouter().equals(id)).toList();
  }

  public void clear() {
    copies.clear();
    maxAge.clear();
    unchecked.clear();
  }
}
