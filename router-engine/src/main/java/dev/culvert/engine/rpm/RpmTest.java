package dev.culvert.engine.rpm;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code services rpm probe OWNER test NAME}: some echo requests, again and again.
 *
 * @param key which it is
 * @param probeCount requests of one run
 * @param probeInterval between two of them, and for how long the last waits for its reply
 * @param testInterval between the end of a run and the next
 * @param source null: the kernel chooses
 * @param out null: by the routes
 * @param dataSize octets of payload that are asked for; a nonce takes at least as many as it needs
 * @param trafficClass from {@code dscp-code-points}
 */
public record RpmTest(
    Key key,
    IpAddress target,
    int probeCount,
    Duration probeInterval,
    Duration testInterval,
    @Nullable IpAddress source,
    @Nullable InterfaceName out,
    int dataSize,
    int ttl,
    int trafficClass,
    Thresholds thresholds) {
  /** The probe's name, which Junos calls the owner, and the test's. */
  public record Key(String owner, String test) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byOwner = owner.compareTo(other.owner);
      return byOwner != 0 ? byOwner : test.compareTo(other.test);
    }
  }

  /**
   * What makes a run a failure; any of them does.
   *
   * @param successiveLoss requests in a row without a reply; 0: does not matter
   * @param totalLoss requests of one run without a reply; 0: does not matter
   * @param roundTrip of any reply; zero: does not matter
   */
  public record Thresholds(int successiveLoss, int totalLoss, Duration roundTrip) {
    public static final Thresholds DEFAULT = new Thresholds(1, 1, Duration.ZERO);
  }
}
