package dev.culvert.core.fib;

import dev.culvert.core.net.AddressFamily;

/**
 * One of the rules by which the kernel chooses the table that a packet is routed by.
 *
 * @param priority rules are asked in the order of these
 * @param selector which packets it concerns, as {@code ip rule} writes it: {@code from all}
 * @param action what becomes of those
 * @param table for {@link Action#TABLE}; otherwise 0
 * @param suppressesDefault it passes over the table's default routes, and lets others be asked
 */
public record KernelRule(
    AddressFamily family,
    int priority,
    String selector,
    Scope scope,
    Action action,
    int table,
    boolean suppressesDefault) {
  public static final int DEFAULT = 253;
  public static final int MAIN = 254;
  public static final int LOCAL = 255;

  /** Which packets it concerns. */
  public enum Scope {
    EVERY_PACKET,

    /** Those of some addresses or interfaces, or all but those. */
    SOME,

    /** Those that somebody has marked for it, or that come of a user or a VRF of its own. */
    CHOSEN
  }

  /** What a rule does. */
  public enum Action {
    TABLE,
    BLACKHOLE,
    UNREACHABLE,
    PROHIBIT,

    /** It chooses nothing, or which rule is asked next. */
    NONE
  }

  /** A rule that looks a table up for every packet. */
  public static KernelRule all(AddressFamily family, int priority, int table) {
    return new KernelRule(
        family, priority, "from all", Scope.EVERY_PACKET, Action.TABLE, table, false);
  }

  /** Looks up the table in which the routes of the master instance are. */
  public boolean asksMainTable() {
    return action == Action.TABLE && table == MAIN;
  }

  /** As {@code ip rule} would show it. */
  @Override
  public String toString() {
    String what =
        switch (action) {
          case TABLE -> "lookup " + tableName();
          case BLACKHOLE -> "blackhole";
          case UNREACHABLE -> "unreachable";
          case PROHIBIT -> "prohibit";
          case NONE -> "nop";
        };
    return priority + ": " + selector + " " + what;
  }

  private String tableName() {
    return switch (table) {
      case DEFAULT -> "default";
      case MAIN -> "main";
      case LOCAL -> "local";
      default -> Integer.toString(table);
    };
  }
}
