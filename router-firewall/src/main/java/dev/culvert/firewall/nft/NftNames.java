package dev.culvert.firewall.nft;

import dev.culvert.firewall.ruleset.Policy;
import java.util.Optional;

/** What of ours is known to others by name or number: table, logs, marks. */
public final class NftNames {
  /** Family of {@link #TABLE}: both IPv4 and IPv6. */
  public static final String FAMILY = "inet";

  /** All that is ours stands in this table, and nothing else does. */
  public static final String TABLE = "culvert";

  /** Netlink log group of packets that a policy or the default denies or rejects. */
  public static final int DENIED_LOG_GROUP = 17_239;

  /** Netlink log group of what screens find. */
  public static final int SCREEN_LOG_GROUP = 17_240;

  /** The bits of a connection mark that name the policy which permitted the session. */
  public static final int POLICY_MARK_MASK = Policy.MAX_INDEX | Policy.DEFAULT_INDEX;

  private NftNames() {}

  /** The policy that permitted the session with such a mark, or the default; 0 for neither. */
  public static int policyOf(int connectionMark) {
    return connectionMark & POLICY_MARK_MASK;
  }

  /**
   * The prefix of a log record.
   *
   * @param action what became of the packet
   * @param policy 0 for the default policy
   */
  public record LogPrefix(Policy.Action action, int policy) {
    public String text() {
      return action.name() + " " + policy;
    }

    /** Reads what {@link #text} wrote; empty for anything else. */
    public static Optional<LogPrefix> parse(String text) {
      String[] words = text.strip().split(" ", -1);
      if (words.length != 2) {
        return Optional.empty();
      }
      for (Policy.Action action : Policy.Action.values()) {
        if (action.name().equals(words[0])) {
          return number(words[1]).map(policy -> new LogPrefix(action, policy));
        }
      }
      return Optional.empty();
    }

    private static Optional<Integer> number(String word) {
      try {
        return Optional.of(Integer.parseUnsignedInt(word)).filter(n -> n >= 0);
      } catch (NumberFormatException notOurs) {
        return Optional.empty();
      }
    }
  }
}
