package dev.culvert.firewall.nft;

import dev.culvert.firewall.ruleset.Ruleset;
import java.util.Map;
import java.util.Set;

/**
 * What the kernel is told, as one libnftables-json(5) document that puts our table in the place of
 * the one before in one transaction. Nothing of other tables is touched, and what others drop stays
 * dropped. Devices are named, and need not exist.
 *
 * <p>A packet's way, with the priority at each hook; what there is no use for is left out:
 *
 * <pre>
 *            comes in                                     sent by the router itself
 *               |                                                    |
 * prerouting    | -450 screen          {@link ScreenChains}          |
 *               | -400   (reassembly)                                |
 *               | -200   (connection tracking)                       |
 *               | -145 sessions        {@link ScreenChains}   output | 0 output  {@link HostChains}
 *               | -105 nat-prerouting  {@link NatChains}             |
 *               |                                                    |
 *             route -----------------> for the router                |
 *               |                         |                          |
 * forward       | 0 forward               | input  0 input           |
 *               |   {@link ZoneChains}          |   {@link HostChains}             |
 *               | 0 nat-forward           |                          |
 *               |   {@link NatChains}           |                          |
 *               | 10 inactivity timeouts  | 10                       | 10  {@link InactivityTimeouts}
 *               | 50 mss {@link MssChains}                           |
 *               |                                                    |
 * postrouting   | 95 nat-postrouting   {@link NatChains} &lt;-----------------+
 * </pre>
 *
 * <p>Policies see the source before and the destination after translation. What belongs to a
 * session passes behind a single look-up of its state, whichever zones it goes between, so that it
 * may move from one tunnel to another.
 *
 * <p>Safe to share.
 */
public final class NftRenderer {
  private NftRenderer() {}

  /** How a list of policies is looked at. */
  public enum Lookup {
    /** By look-ups whose cost hardly grows with the list. */
    TREE,
    /** Rule by rule, to compare with. */
    PLAIN_LIST
  }

  /** What a counter stands at. */
  public record Count(long packets, long bytes) {}

  /** The whole table; of an {@linkplain Ruleset#isEmpty empty} ruleset that there is none. */
  public static String render(Ruleset ruleset) {
    return render(ruleset, Lookup.TREE, Map.of());
  }

  /**
   * @param counts what counters stand at that go on, by {@linkplain CounterNames name}; others
   *     begin with zero, and of names that the ruleset has no use for nothing is made
   */
  public static String render(Ruleset ruleset, Lookup lookup, Map<String, Count> counts) {
    return ruleset.isEmpty() ? TableWriter.deletion() : write(ruleset, lookup, counts).document();
  }

  /** The whole table, into one that is there and keeps what it has of what is wanted. */
  public static String renderOver(Ruleset ruleset, Existing existing) {
    return ruleset.isEmpty()
        ? TableWriter.deletion()
        : write(ruleset, Lookup.TREE, Map.of()).document(existing);
  }

  /**
   * What name servers say, for a table that holds the same ruleset with other answers. Rules, and
   * all that they count and remember, are not touched.
   *
   * @param sets that are in the table
   */
  public static String renderNames(Ruleset ruleset, Set<String> sets) {
    return TableWriter.refilling(NamedSets.elements(ruleset, sets));
  }

  private static TableWriter write(Ruleset ruleset, Lookup lookup, Map<String, Count> counts) {
    TableWriter table = new TableWriter(counts);
    Conditions conditions = new Conditions(table);
    TreeWriter trees = new TreeWriter(table, conditions, lookup == Lookup.PLAIN_LIST);
    if (ruleset.hasZones()) {
      new ScreenChains(ruleset, table).write();
      PolicyChains policies = new PolicyChains(table, ruleset.flow());
      new ZoneChains(ruleset, table, trees, policies).write();
      new HostChains(ruleset, table, trees, policies).write();
    }
    new MssChains(ruleset, table).write();
    new NatChains(ruleset, table, trees).write();
    return table;
  }
}
