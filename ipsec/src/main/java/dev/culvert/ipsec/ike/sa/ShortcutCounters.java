package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.ike.message.ShortcutAnswer;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;

/** What is counted of shortcuts, by the one who suggests them and by the partners. */
public final class ShortcutCounters {
  public long sent;
  public long sentAccepted;
  public long sentDeclined;
  public long received;
  public long accepted;
  public long declined;

  /** Of those received: from somebody who is not to suggest anything. */
  public long unauthorized;

  /** Likewise: what makes no sense. */
  public long malformed;

  /** Accepted, and not up in time. */
  public long failed;

  public long established;

  /** What a partner has answered to a suggestion of ours. */
  public void answered(ShortcutAnswer answer) {
    if (answer == ShortcutAnswer.ACCEPTED) {
      sentAccepted++;
    } else {
      sentDeclined++;
    }
  }

  public ShortcutCounts view() {
    return new ShortcutCounts(
        sent,
        sentAccepted,
        sentDeclined,
        received,
        accepted,
        declined,
        unauthorized,
        malformed,
        failed,
        established);
  }
}
