package dev.culvert.tun.nftables;

/**
 * Somebody else's doing to a table of ours.
 *
 * @param kind the worst of what has been heard
 * @param process the name of the thread that did it last; empty if it is not known
 * @param pid its number as the machine's first pid namespace counts; 0 if it is not known
 */
public record TableChange(Kind kind, String process, int pid) {
  /** In the order of how much is left of the table. */
  public enum Kind {
    /** Too much happened at once: the table may have changed, or not. */
    PERHAPS_CHANGED,
    CHANGED,
    DELETED
  }
}
