package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * IKEv2 (RFC 7296) for all gateways of one router, as initiator and responder.
 *
 * <p>Confined to the thread that owns it. Key agreement is not done here but asked for by {@link
 * IkeAction.Compute}.
 */
public final class IkeEngine implements ProtocolEngine<IkeEvent, IkeAction> {
  /**
   * @param random nonces, SPIs, keys and jitter come from it: a {@link java.security.SecureRandom}
   *     in production
   */
  public IkeEngine(RandomGenerator random) {}

  @Override
  public void handle(IkeEvent event, Instant now, ActionSink<? super IkeAction> actions) {}

  @Override
  public void advance(Instant now, ActionSink<? super IkeAction> actions) {}

  @Override
  public @Nullable Deadline nextDeadline() {
    return null;
  }

  /** Every IKE SA, half-open ones included, by index. */
  public List<IkeSaView> ikeSas(Instant now) {
    return List.of();
  }

  /** Every SA pair, by tunnel and age. */
  public List<IpsecSaView> ipsecSas(Instant now) {
    return List.of();
  }

  /** Every configured VPN, in the order of the configuration. */
  public List<VpnStateView> vpns() {
    return List.of();
  }

  public IkeStatistics statistics() {
    return new IkeStatistics(
        new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0, 0, 0, 0, 0, 0, 0);
  }
}
