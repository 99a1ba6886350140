package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;

/** What came of the peer's offer, or of its answer to ours. */
public sealed interface ChildVerdict {
  /** Selectors from our point of view. */
  record Agreed(
      Negotiation.ChosenEsp chosen, List<TrafficSelector> local, List<TrafficSelector> remote)
      implements ChildVerdict {}

  record Refused(NotifyType answer, DownReason reason, String text, List<String> remedies)
      implements ChildVerdict {}
}
