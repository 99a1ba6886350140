package dev.culvert.ipsec.ike.exchange;

import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.sa.Spi;

/**
 * A pair that the peer has made at our request while its response is lost or overtaken, so that we
 * do not know it: the peer may rekey and delete it already (RFC 7296 §2.25).
 */
final class UncertainPairs {
  private static final int MAX_DELETED = 8;

  private UncertainPairs() {}

  /** There may be one. */
  static boolean mayExist(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    return ike.window.isPreparing()
        || (outstanding != null && outstanding.request() instanceof PendingRequest.CreateChild);
  }

  /**
   * Why the peer cannot rekey a pair that we do not know: not yet, or not ever, and it deletes it.
   */
  public static NotifyType refusal(IkeSa ike) {
    return mayExist(ike) ? NotifyType.TEMPORARY_FAILURE : NotifyType.CHILD_SA_NOT_FOUND;
  }

  /** The peer deletes a pair that we do not know. */
  public static void deleted(IkeSa ike, Spi outbound) {
    if (mayExist(ike) && ike.deletedInAdvance.size() < MAX_DELETED) {
      ike.deletedInAdvance.add(outbound);
    }
  }
}
