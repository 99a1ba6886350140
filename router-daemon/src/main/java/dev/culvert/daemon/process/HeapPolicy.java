package dev.culvert.daemon.process;

/**
 * How large the heap may grow before it is collected, and when an idle router gives back what a
 * busy time has left behind: a function of what is looked at once a second. Confined to one thread.
 */
final class HeapPolicy {
  private static final long MEBIBYTE = 1L << 20;

  /** What a router needs that has little to do: a start, fifty tunnels. */
  static final long LEAST = 96 * MEBIBYTE;

  /** Room between collections when next to nothing lives. */
  private static final long ROOM = 32 * MEBIBYTE;

  /** Less is not worth a collection. */
  private static final long WORTH_COLLECTING = 16 * MEBIBYTE;

  /** A router that allocates less from one look to the next is idle. */
  private static final long IDLE = MEBIBYTE;

  /** So many idle looks in a row, and what was allocated before is garbage by now. */
  private static final int IDLE_LOOKS = 5;

  private final long most;
  private long softMax;
  private long usedBefore;
  private int idleLooks;

  /**
   * @param softMax as the JVM was started with
   * @param most the heap's hard bound
   */
  HeapPolicy(long softMax, long most) {
    this.softMax = softMax;
    this.most = most;
  }

  /** What is to be done. */
  record Decision(long softMax, boolean changed, boolean collect) {}

  /**
   * @param live octets in use after the last collection
   * @param used octets in use at the moment
   */
  Decision look(long live, long used) {
    // As much again as lives: collections cost in proportion to what is allocated, never more.
    long wanted = Math.min(most, Math.max(LEAST, 2 * live + ROOM));
    boolean changed = Math.abs(wanted - softMax) > softMax / 8;
    if (changed) {
      softMax = wanted;
    }
    idleLooks = used - usedBefore < IDLE ? idleLooks + 1 : 0;
    usedBefore = used;
    boolean collect = idleLooks >= IDLE_LOOKS && used - live > WORTH_COLLECTING;
    if (collect) {
      idleLooks = 0;
    }
    return new Decision(softMax, changed, collect);
  }
}
