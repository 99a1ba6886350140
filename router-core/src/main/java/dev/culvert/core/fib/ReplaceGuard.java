package dev.culvert.core.fib;

import dev.culvert.core.net.AddressFamily;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Keeps operations from hitting routes of somebody else's that routing had not heard of when it
 * decided on them. What is heard is numbered; a batch says up to which number routing knew.
 * Confined to the kernel's thread.
 */
public final class ReplaceGuard {
  /** Routes that routing has not confirmed to know of; what is beyond holds back every harm. */
  private static final int MOST_REMEMBERED = 4096;

  private record Place(FibKey key, int metric) {}

  /** By rising numbers. */
  private final SequencedMap<Place, Long> unconfirmed = new LinkedHashMap<>();

  private long number;

  /** What was heard up to here may have been about any route. */
  private long anything;

  /**
   * Notes what is about to be told to routing.
   *
   * @return its number
   */
  public long heard(KernelRouteChange change) {
    number++;
    KernelRoute route = change.route();
    if (change instanceof KernelRouteChange.Added && !route.isOurs()) {
      Place place = new Place(route.key(), route.metric());
      unconfirmed.remove(place);
      unconfirmed.put(place, number);
      if (unconfirmed.size() > MOST_REMEMBERED) {
        anything = unconfirmed.pollFirstEntry().getValue();
      }
    }
    return number;
  }

  /**
   * Notes that changes were missed.
   *
   * @return the number of that
   */
  public long heardLoss() {
    unconfirmed.clear();
    anything = ++number;
    return number;
  }

  /**
   * True if the operation does what routing meant it to do.
   *
   * @param known the highest number that routing had been told when it decided; never falls
   */
  public boolean allows(FibOperation operation, long known) {
    while (!unconfirmed.isEmpty() && unconfirmed.firstEntry().getValue() <= known) {
      unconfirmed.pollFirstEntry();
    }
    return isHarmless(operation)
        || (known >= anything
            && !unconfirmed.containsKey(new Place(operation.key(), operation.metric())));
  }

  /** True if the operation hits no route of somebody else's, wherever one stands. */
  public static boolean isHarmless(FibOperation operation) {
    return switch (operation) {
      case FibOperation.Install install -> !install.inPlace();
      // IPv6 routes that have been joined go together.
      case FibOperation.Remove remove -> remove.key().table().family() == AddressFamily.INET;
    };
  }
}
