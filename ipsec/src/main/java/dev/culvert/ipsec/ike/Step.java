package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import java.time.Instant;

/** What one call of the engine does: the instant of the call, and where its actions go. */
record Step(Instant now, ActionSink<? super IkeAction> actions) {
  void add(IkeAction action) {
    actions.add(action);
  }
}
