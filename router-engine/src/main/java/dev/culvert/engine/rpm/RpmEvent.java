package dev.culvert.engine.rpm;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.probe.EchoReply;
import org.jspecify.annotations.Nullable;

/** What can happen to the {@link RpmEngine}. */
public sealed interface RpmEvent {
  record ConfigurationCommitted(RpmConfig after) implements RpmEvent {}

  /**
   * Something that anyone may have sent.
   *
   * @param in the interface that its socket is bound to; null: none
   */
  record ReplyReceived(@Nullable InterfaceName in, EchoReply reply) implements RpmEvent {}
}
