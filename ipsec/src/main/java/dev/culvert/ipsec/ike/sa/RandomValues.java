package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** What the protocol wants to be unpredictable: SPIs, nonces, seeds of keys, jitter. */
public final class RandomValues {
  static final int NONCE_LENGTH = 32;
  private static final int SEED_LENGTH = 64;

  private final RandomGenerator generator;
  private final int queues;
  private final Tables tables;

  /**
   * @param queues forwarding threads of each direction, of which an SPI names one
   * @param tables hold the SPIs that are taken
   */
  public RandomValues(RandomGenerator generator, int queues, Tables tables) {
    this.generator = generator;
    this.queues = queues;
    this.tables = tables;
  }

  public RandomGenerator generator() {
    return generator;
  }

  public long newIkeSpi() {
    long spi = generator.nextLong();
    while (spi == 0 || tables.ikeSas.get(spi) != null) {
      spi = generator.nextLong();
    }
    return spi;
  }

  /** RFC 4303 §2.1 reserves 0 to 255. */
  public Spi newChildSpi(int queue) {
    Spi spi = new Spi(generator.nextInt());
    while ((spi.bits() & 0xFFFFFF00) == 0
        || spi.queue(queues) != queue
        || tables.pairs.get(spi) != null) {
      spi = new Spi(generator.nextInt());
    }
    return spi;
  }

  public Octets nonce() {
    return Octets.wrap(octets(NONCE_LENGTH));
  }

  public Secret seed() {
    return Secret.copyOf(octets(SEED_LENGTH));
  }

  public byte[] octets(int length) {
    byte[] octets = new byte[length];
    generator.nextBytes(octets);
    return octets;
  }

  /** That duration times a factor between the two, in thousandths. */
  public Duration jittered(Duration duration, int least, int most) {
    return duration.multipliedBy(generator.nextInt(least, most + 1)).dividedBy(1000);
  }

  /** The same of a count. */
  public long jittered(long count, int least, int most) {
    return count / 1000 * generator.nextInt(least, most + 1);
  }
}
