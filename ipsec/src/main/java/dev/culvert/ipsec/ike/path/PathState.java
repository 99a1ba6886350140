package dev.culvert.ipsec.ike.path;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the path of one VPN's packets: the MTU of the interface they leave by, the
 * search for that of the path, and how long answers take. It outlives the SAs, as the path is
 * likely to be the same when the tunnel comes back. Confined to the engine.
 */
public final class PathState {
  /** Longer packets than on any link are no use, and the kernel would have to make them. */
  private static final int LARGEST = 9216;

  /** A quarter of a minute. */
  private static final int QUIET_REPORTS = 3;

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(300);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);
  private static final Duration UNKNOWN_ROUND_TRIP = Duration.ofMillis(125);
  private static final int ROUND_TRIPS = 4;
  private static final int MOST_PATIENCE = 8;

  /** 0 while there is no such interface. */
  private int interfaceMtu;

  /** Null until the tunnel has been up. */
  private @Nullable PathMtuSearch search;

  /** What the data path was told last; 0: what the interface carries. */
  private int toldMtu;

  /** Packets that could be too big went out lately. */
  private boolean busy;

  /** Reports in a row of no packet that went out. */
  private int quietReports;

  /** Smoothed, of probes; null before the first answer. */
  private @Nullable Duration roundTrip;

  /** By how much longer than usual an answer is waited for. */
  private int patience = 1;

  /**
   * An MTU to be told, as it is another than before.
   *
   * @param mtu what the path carries; 0: what the interface does
   * @param isFound by probes; else nothing is known of the path any more
   * @param from in octets, what was in force
   * @param to in octets, what is
   */
  public record News(int mtu, boolean isFound, int from, int to) {}

  public boolean hasInterface() {
    return interfaceMtu != 0;
  }

  /**
   * The interface that the packets leave by has that MTU.
   *
   * @param mtu 0: there is none
   * @return true if it is another than before
   */
  public boolean interfaceHas(int mtu) {
    boolean isOther = interfaceMtu != mtu;
    interfaceMtu = mtu;
    return isOther;
  }

  /**
   * What the counters said. A stream that the path has swallowed falls silent for longer and
   * longer, so the silence has to last.
   *
   * @return true if such packets go out again after a silence
   */
  public boolean traffic(boolean some) {
    boolean begins = some && !busy;
    quietReports = some ? 0 : quietReports + 1;
    busy = some || (busy && quietReports < QUIET_REPORTS);
    return begins;
  }

  public boolean isBusy() {
    return busy;
  }

  /** The tunnel is down. */
  public void fallSilent() {
    busy = false;
  }

  /** Null until the tunnel has been up. */
  public @Nullable PathMtuSearch search() {
    return search;
  }

  /** The search among those sizes, begun if there is none. */
  public PathMtuSearch search(ProbeSizes sizes, Instant now) {
    int mtu = Math.min(LARGEST, interfaceMtu);
    PathMtuSearch before = search;
    if (before == null) {
      PathMtuSearch begun = new PathMtuSearch(sizes, mtu, now);
      search = begun;
      return begun;
    }
    before.resize(sizes, mtu, now);
    return before;
  }

  /** Nothing is known of the path any more. */
  public void forget() {
    search = null;
  }

  /** What is in force: found by probes, or the interface's; 0: nothing is known. */
  public int mtu() {
    return search == null ? interfaceMtu : search.pathMtu();
  }

  /** How long to wait for the answer to a whole probe before it is sent in pieces. */
  public Duration patience() {
    Duration expected = roundTrip == null ? UNKNOWN_ROUND_TRIP : roundTrip;
    Duration wait = expected.multipliedBy((long) ROUND_TRIPS * patience);
    Duration atLeast = SHORTEST_WAIT.multipliedBy(patience);
    Duration longer = wait.compareTo(atLeast) > 0 ? wait : atLeast;
    return longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
  }

  /** The same where nothing is known of a path. */
  public static Duration leastPatience() {
    return SHORTEST_WAIT;
  }

  /** A probe was answered before its first repetition. */
  public void answeredWhole(int size, Instant sentAt, Instant now) {
    PathMtuSearch found = search;
    if (found != null) {
      patience = 1;
      measured(Duration.between(sentAt, now));
      found.fits(size, now);
    }
  }

  /** Samples are few, and the first of a busy time long. */
  private void measured(Duration sample) {
    Duration before = roundTrip;
    roundTrip = before == null ? sample : before.plus(sample).dividedBy(2);
  }

  /** A probe was answered after it had been repeated in pieces. */
  public void answeredInPieces(int size, Instant now) {
    PathMtuSearch found = search;
    if (found == null) {
      return;
    }
    boolean sought = found.phase() == PathMtuSearch.Phase.LOWERING;
    int before = found.pathMtu();
    found.doesNotFit(size, now);
    boolean ended = found.phase() == PathMtuSearch.Phase.SETTLED;
    if (sought && ended && found.pathMtu() == before) {
      // Not even the smallest came through in time: the path is slower than it was thought.
      patience = Math.min(MOST_PATIENCE, patience * 2);
    }
  }

  /**
   * A probe was lost whole and in pieces, and the peer has answered on a fresh IKE SA since.
   *
   * @return false if nothing smaller is left to be tried
   */
  public boolean swallowed(int size, Instant now) {
    return search == null || search.swallowed(size, now);
  }

  /** What has changed and may be told, once; or null. */
  public @Nullable News pollNews() {
    PathMtuSearch found = search;
    int value = found == null ? 0 : limit(found);
    boolean mayBeTold = found == null || value == 0 || found.isConfirmed();
    if (!mayBeTold || value == toldMtu) {
      return null;
    }
    int from = toldMtu == 0 ? interfaceMtu : toldMtu;
    toldMtu = value;
    return new News(value, found != null, from, value == 0 ? interfaceMtu : value);
  }

  /** What the path carries if that is less than the interface does, else 0. */
  private int limit(PathMtuSearch found) {
    // A value that only the cap on probes limits says nothing.
    boolean capped = found.isLargest() && interfaceMtu > LARGEST;
    return found.pathMtu() < interfaceMtu && !capped ? found.pathMtu() : 0;
  }
}
