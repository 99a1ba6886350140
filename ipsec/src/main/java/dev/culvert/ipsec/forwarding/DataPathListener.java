package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.sa.SaNotice;
import org.jspecify.annotations.Nullable;

/** Who the data path reports to. Called on the forwarding threads: hand over and return. */
public interface DataPathListener {
  void saNotice(SaNotice notice);

  /** Called first on each forwarding thread: the place to set its priority. */
  default void threadStarted() {}

  /** Longer datagrams, and those too short for a header, are no IKE messages that we could want. */
  int LONGEST_IKE_MESSAGE = 16_384;

  /** Octets of an IKE header. */
  int SHORTEST_IKE_MESSAGE = 28;

  /**
   * An IKE message; the non-ESP marker of port 4500 is already taken off.
   *
   * @return what is to be sent back at once, without a marker; null for nothing
   */
  @Nullable Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message);

  /** A forwarding thread met a fault of our own, dropped the batch at hand and went on. */
  void forwardingFault(RuntimeException fault);

  /** A forwarding thread ends by that: its direction carries nothing from here on. */
  default void forwardingEnded(Throwable cause) {}
}
