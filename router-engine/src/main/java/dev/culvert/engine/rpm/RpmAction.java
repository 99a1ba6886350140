package dev.culvert.engine.rpm;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoRequest;

/** What the {@link RpmEngine} asks of its surroundings. */
public sealed interface RpmAction {
  /** One that cannot be sent is one without a reply. */
  record SendRequest(EchoRequest request) implements RpmAction {}

  /** What a test has found differs from what it had found before, which is nothing at first. */
  record TestChanged(RpmTest.Key test, boolean failed) implements RpmAction {}

  record Report(Notice notice) implements RpmAction {}
}
