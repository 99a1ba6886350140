package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import java.time.Instant;

/** One call of the engine: its instant, and where its actions go. */
record Turn(Instant now, ActionSink<? super IkeAction> actions) {
  void add(IkeAction action) {
    actions.add(action);
  }
}
