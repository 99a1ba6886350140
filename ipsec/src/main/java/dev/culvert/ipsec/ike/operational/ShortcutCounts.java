package dev.culvert.ipsec.ike.operational;

/**
 * Shortcut suggestions, and what has come of them.
 *
 * @param sent to partners, each of two by itself; and of those accepted and declined
 * @param received from those who suggest; and of those accepted and declined
 * @param unauthorized of those declined: from somebody who is not to suggest anything
 * @param malformed of those declined: without sense
 * @param failed accepted, and not up in time
 * @param established shortcuts that have come up
 */
public record ShortcutCounts(
    long sent,
    long sentAccepted,
    long sentDeclined,
    long received,
    long accepted,
    long declined,
    long unauthorized,
    long malformed,
    long failed,
    long established) {
  public static final ShortcutCounts NONE = new ShortcutCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
