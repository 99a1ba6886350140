package dev.culvert.daemon.io;

import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.tun.ThreadPriority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the data path compiled while the router starts, so that the first packets of the first tunnel
 * already go at full speed.
 */
public final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  private WarmUp() {}

  /** Begins on a thread of its own and returns; the thread ends by itself after a second or two. */
  public static void begin() {
    Thread.ofPlatform().name("rehearsal").daemon().start(WarmUp::rehearse);
  }

  private static void rehearse() {
    // The start of the router, and so its first IKE packet, come first.
    ThreadPriority.low();
    try {
      long packets = Rehearsal.run(LibCryptoAeadProvider.best(), Rehearsal.ROUNDS, () -> false);
      LOG.debug("REHEARSAL_DONE packets={}", packets);
    } catch (RuntimeException e) {
      // The router works without; what failed here will be told by the data path itself.
      LOG.warn("REHEARSAL_FAILED", e);
    }
  }
}
