package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ways to one gateway, in the configured order, and which of them is tried next. The one that
 * worked last is tried first; after a failure comes the next, and after the last the first, so that
 * a tunnel does not return to a way because of its place alone.
 */
public final class PeerAddresses {
  private final List<PeerAddress> ways;

  /** What name servers said last, by name. */
  private final SortedMap<String, List<IpAddress>> answers = new TreeMap<>();

  private int next;

  /** The name that is asked for. */
  private @Nullable String asked;

  /** The answer for the next attempt has just come. */
  private boolean isFresh;

  public PeerAddresses(List<PeerAddress> ways) {
    this.ways = List.copyOf(ways);
  }

  /** Whether there is another way when one fails. */
  public boolean areSeveral() {
    return ways.size() > 1;
  }

  /** The name that has to be looked up before the next attempt; null if none has. */
  public @Nullable String toLookUp() {
    return !ways.isEmpty() && ways.get(next) instanceof PeerAddress.Name(String name) && !isFresh
        ? name
        : null;
  }

  /** Somebody looks that name up from here on; false if it is being looked up already. */
  public boolean ask(String name) {
    boolean isNews = !name.equals(asked);
    asked = name;
    return isNews;
  }

  /** What a look-up came to; false if nobody waits for it. */
  public boolean answered(String name, List<IpAddress> addresses) {
    if (!name.equals(asked)) {
      return false;
    }
    asked = null;
    answers.put(name, List.copyOf(addresses));
    isFresh = name.equals(toLookUp());
    return isFresh;
  }

  /** Where the next attempt goes, of that family; null if that is not known. */
  public @Nullable IpAddress target(AddressFamily family) {
    return ways.isEmpty()
        ? null
        : addressesOf(ways.get(next)).stream()
            .filter(address -> address.family() == family)
            .findFirst()
            .orElse(null);
  }

  /** An attempt goes there: a later one asks again. */
  public void tried() {
    isFresh = false;
  }

  /** That way has failed. */
  public void failed() {
    isFresh = false;
    if (!ways.isEmpty()) {
      next = (next + 1) % ways.size();
    }
  }

  /** All addresses that are known to be the peer's. */
  public Set<IpAddress> known() {
    Set<IpAddress> known = new TreeSet<>();
    ways.forEach(way -> known.addAll(addressesOf(way)));
    return known;
  }

  private List<IpAddress> addressesOf(PeerAddress way) {
    return switch (way) {
      case PeerAddress.Literal(IpAddress address) -> List.of(address);
      case PeerAddress.Name(String name) -> answers.getOrDefault(name, List.of());
    };
  }

  /** The one that is tried next, with what its name stands for. */
  @Override
  public String toString() {
    if (ways.isEmpty()) {
      return "dynamic";
    }
    PeerAddress way = ways.get(next);
    List<String> found = new ArrayList<>();
    addressesOf(way).forEach(address -> found.add(address.toString()));
    return way instanceof PeerAddress.Name && !found.isEmpty()
        ? way + " (" + String.join(", ", found) + ")"
        : way.toString();
  }
}
