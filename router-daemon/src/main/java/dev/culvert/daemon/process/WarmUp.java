package dev.culvert.daemon.process;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.tun.ThreadPriority;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done beside the start of the router, on a thread that ends by itself: native
 * libraries and the key agreement are linked while the configuration is read, and the data path is
 * compiled, so that the first packets of the first tunnel already go at full speed.
 */
public final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** Whatever the configuration will ask for, most of what a key agreement needs is common. */
  private static final List<DhGroup> COMMON_GROUPS = List.of(DhGroup.GROUP31, DhGroup.GROUP19);

  private static final int SEED_LENGTH = 64;

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
  public void routerStarts() {
    started.countDown();
  }

  /**
   * In memory, and then with system calls, where the loopback interface is up.
   *
   * @return packets that came through
   */
  public static long rehearse(AeadProvider aead) {
    long packets = Rehearsal.run(aead, Rehearsal.ROUNDS, () -> false);
    try (LoopbackStage loopback = LoopbackStage.open()) {
      packets += Rehearsal.run(aead, loopback.stage(), Rehearsal.ROUNDS, () -> false);
    } catch (SystemCallException e) {
      LOG.debug("REHEARSAL_IN_MEMORY_ONLY reason={}", e.getMessage());
    }
    return packets;
  }

  /** The first agreement of a process takes much longer than any other. */
  private static void agreeOnKeys(DhGroup group) {
    byte[] seed = new byte[SEED_LENGTH];
    new SecureRandom().nextBytes(seed);
    ComputationResult own = new Computation.GenerateKey(group, Secret.copyOf(seed)).run();
    if (own instanceof ComputationResult.KeyGenerated(DhKeyPair pair)) {
      ComputationResult agreed = new Computation.Agree(pair, pair.publicValue()).run();
      LOG.debug("KEY_AGREEMENT_LINKED group={} result={}", group, agreed.getClass());
    }
  }

  private void run() {
    try {
      SystemCalls.link();
      AeadProvider aead = LibCryptoAeadProvider.best();
      COMMON_GROUPS.forEach(WarmUp::agreeOnKeys);
      started.await();
      ThreadPriority.low();
      LOG.debug("REHEARSAL_DONE packets={}", rehearse(aead));
    } catch (RuntimeException e) {
      // The router works without; what failed here will be told by the data path itself.
      LOG.warn("REHEARSAL_FAILED", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
