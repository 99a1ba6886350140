package dev.culvert.daemon.io;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.tun.ThreadPriority;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done beside the start of the router, on a thread that ends by itself: the native
 * libraries are linked while the configuration is read, and the data path is compiled, so that the
 * first packets of the first tunnel already go at full speed.
 */
public final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  private final CountDownLatch started = new CountDownLatch(1);

  private WarmUp() {}

  /** Begins to link and returns. */
  public static WarmUp begin() {
    WarmUp warmUp = new WarmUp();
    Thread.ofPlatform().name("warm-up").daemon().start(warmUp::run);
    return warmUp;
  }

  /**
   * Lets the rehearsal of the data path begin. It takes a second or two of what processor time the
   * router leaves over, whose start, and so its first IKE packet, comes first.
   */
  public void rehearse() {
    started.countDown();
  }

  private void run() {
    try {
      AeadProvider aead = LibCryptoAeadProvider.best();
      ThreadPriority.high();
      started.await();
      ThreadPriority.low();
      long packets = Rehearsal.run(aead, Rehearsal.ROUNDS, () -> false);
      LOG.debug("REHEARSAL_DONE packets={}", packets);
    } catch (RuntimeException e) {
      // The router works without; what failed here will be told by the data path itself.
      LOG.warn("REHEARSAL_FAILED", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
