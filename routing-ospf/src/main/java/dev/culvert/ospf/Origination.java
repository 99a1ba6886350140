package dev.culvert.ospf;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what this router advertises equal to what it should (RFC 2328 §12.4, §14.1).
 *
 * <p>Whenever something changed, the LSAs wanted are computed afresh and compared with the
 * database: what differs is originated, what is not wanted is flushed. The same comparison deals
 * with LSAs of ours that come back from before a restart (§13.4).
 */
final class Origination {
  static final Duration MIN_LS_INTERVAL = Duration.ofSeconds(5);
  static final Duration LS_REFRESH_TIME = Duration.ofMinutes(30);

  private final OspfInstance instance;
  private final TreeMap<LsaKey, Instant> originatedAt = new TreeMap<>();
  private final TreeSet<LsaKey> refreshDue = new TreeSet<>();

  /**
   * Sequence numbers of LSAs of ours that others may hold and our database does not: such as were
   * flushed, for a neighbor may keep its copy of MaxAge for a minute, and to it an LSA that began
   * again at InitialSequenceNumber would be the older one; and such as we refused.
   */
  private final TreeMap<LsaKey, Integer> heldElsewhere = new TreeMap<>();

  /** Network-LSAs of an earlier router id of ours: named after an address of ours. */
  private final TreeSet<LsaKey> stale = new TreeSet<>();

  private boolean dirty;

  Origination(OspfInstance instance) {
    this.instance = instance;
  }

  void changed() {
    dirty = true;
  }

  boolean isDirty() {
    return dirty;
  }

  void refresh(LsaKey key) {
    refreshDue.add(key);
    dirty = true;
  }

  /** RFC 2328 §13.4: another router's copy of an LSA of ours; the comparison decides. */
  void receivedOwn(LsaKey key) {
    if (key.advertisingRouter().equals(instance.routerId())) {
      dirty = true;
    } else if (key.type() == LsaType.NETWORK.wireValue() && isOurAddress(key.linkStateId())) {
      stale.add(key);
      dirty = true;
    }
  }

  /**
   * RFC 2328 §13.4 for an LSA that bears our name and was refused: whoever did take it gives it up
   * for a newer one. Nothing is newer than the last sequence number; that one has to age out.
   */
  void outbid(LsaHeader refused) {
    if (heldElsewhere(refused)) {
      dirty = true;
    }
  }

  /** A flushed LSA has left the database; it may be wanted again. */
  void removed(LsaHeader last) {
    if (originatedAt.remove(last.key()) != null) {
      dirty = true;
    }
    if (last.sequenceNumber() == LsaHeader.MAX_SEQUENCE_NUMBER) {
      // It has taken the place of all others: the numbers may start again.
      forget(last.key());
    }
    heldElsewhere(last);
  }

  private boolean heldElsewhere(LsaHeader header) {
    LsaKey key = header.key();
    if (!key.advertisingRouter().equals(instance.routerId())
        || header.sequenceNumber() == LsaHeader.MAX_SEQUENCE_NUMBER) {
      return false;
    }
    heldElsewhere.merge(key, header.sequenceNumber(), Math::max);
    instance.timers.start(new OspfTimer.Forget(key), instance.now.plusSeconds(LsaHeader.MAX_AGE));
    return true;
  }

  /** By now no copy of that LSA is left anywhere. */
  void forget(LsaKey key) {
    heldElsewhere.remove(key);
  }

  void reset() {
    originatedAt.clear();
    refreshDue.clear();
    stale.clear();
    heldElsewhere.keySet().forEach(key -> instance.timers.stop(new OspfTimer.Forget(key)));
    heldElsewhere.clear();
    dirty = false;
  }

  /** Brings the database in line with what is wanted. */
  void settle(SortedMap<LsaKey, LsaBody> wanted) {
    dirty = false;
    RouterId self = instance.routerId();
    for (LsaKey key : instance.database.advertisedBy(self)) {
      if (!wanted.containsKey(key)) {
        flush(key);
      }
    }
    for (LsaKey key : stale) {
      flush(key);
    }
    stale.clear();
    for (Map.Entry<LsaKey, LsaBody> entry : wanted.entrySet()) {
      offer(entry.getKey(), entry.getValue());
    }
    refreshDue.clear();
  }

  private void offer(LsaKey key, LsaBody body) {
    DatabaseCopy copy = instance.database.get(key);
    Octets content = body.encode();
    int elsewhere = heldElsewhere.getOrDefault(key, Integer.MIN_VALUE);
    boolean current =
        copy != null
            && copy.origin() == DatabaseCopy.Origin.SELF
            && copy.header(instance.now).sequenceNumber() > elsewhere
            && !copy.isMaxAge(instance.now)
            && copy.lsa(instance.now).content().equals(content)
            && !refreshDue.contains(key);
    if (current) {
      return;
    }
    OspfTimer timer = new OspfTimer.Originate(key);
    @Nullable Instant last = originatedAt.get(key);
    if (last != null && instance.now.isBefore(last.plus(MIN_LS_INTERVAL))) {
      instance.timers.start(timer, last.plus(MIN_LS_INTERVAL));
      return;
    }
    instance.timers.stop(timer);
    int sequence = Math.max(LsaHeader.INITIAL_SEQUENCE_NUMBER, elsewhere + 1);
    if (copy != null) {
      int before = copy.header(instance.now).sequenceNumber();
      if (before == LsaHeader.MAX_SEQUENCE_NUMBER) {
        // RFC 2328 §12.1.6: flushed first; the numbers start again once it has left the database.
        originatedAt.put(key, instance.now.minus(MIN_LS_INTERVAL));
        flush(key);
        return;
      }
      sequence = Math.max(sequence, before + 1);
    }
    originate(key, sequence, body, content);
  }

  private void originate(LsaKey key, int sequence, LsaBody body, Octets content) {
    LsaType type = LsaType.of(key.type());
    if (type == null) {
      throw new IllegalStateException("originating " + key);
    }
    Lsa lsa =
        Lsa.originate(
            type,
            key.linkStateId(),
            key.advertisingRouter(),
            Hello.OPTION_EXTERNAL,
            sequence,
            content);
    originatedAt.put(key, instance.now);
    instance.timers.start(new OspfTimer.Refresh(key), instance.now.plus(LS_REFRESH_TIME));
    instance.counters.lsasOriginated++;
    instance.flooding.originate(lsa, body);
    instance.report(
        Notice.of(
            Notice.Level.DEBUG,
            "OSPF_LSA_ORIGINATE",
            "lsa",
            key,
            "sequence",
            "0x" + Integer.toHexString(sequence)));
  }

  /**
   * Premature aging (RFC 2328 §14.1): the instance in the database is set to MaxAge and flooded.
   */
  private void flush(LsaKey key) {
    instance.timers.stop(new OspfTimer.Refresh(key));
    instance.timers.stop(new OspfTimer.Originate(key));
    DatabaseCopy copy = instance.database.get(key);
    if (copy == null || copy.isMaxAge(instance.now)) {
      return;
    }
    Lsa aged = copy.lsa(instance.now).withAge(LsaHeader.MAX_AGE);
    instance.flooding.originate(aged, copy.body());
  }

  private boolean isOurAddress(Ipv4Address address) {
    return instance.interfaces().stream()
        .anyMatch(i -> i.addresses().stream().anyMatch(a -> a.address().equals(address)));
  }
}
