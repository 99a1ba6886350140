package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.net.Endpoint;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;

/**
 * INVALID_SPI (RFC 7296 §1.5, §3.10.1): tells a peer that it sends on a child SA we do not have.
 * Inside an IKE SA a peer is believed that says so of ours. Without an IKE SA anybody could have
 * sent the packet or the answer, so the answer is a hint: one that has it asks the peer whether it
 * lives, and so finds out sooner that the peer has restarted.
 */
public final class InvalidSpis {
  /** ESP may overtake the IKE message that makes its SA: only what persists is a lost SA. */
  private static final Duration PERSISTS = Duration.ofSeconds(1);

  /** Hints to those with whom we have no IKE SA: anyone can ask for them. */
  public static final int HINTS_PER_SECOND = 50;

  private static final int IKE_PORT = 500;

  private final Tables tables;
  private final Statistics statistics;
  private final Allowance hints = new Allowance(HINTS_PER_SECOND, HINTS_PER_SECOND);

  /** {@code respond-bad-spi}: answers for each IKE SA; 0 answers never. */
  public int answersPerIkeSa;

  public InvalidSpis(Tables tables, Statistics statistics) {
    this.tables = tables;
    this.statistics = statistics;
  }

  /**
   * ESP with an SPI that is not ours came from there.
   *
   * @param local where it came to; ports are 0 where it was not in UDP
   */
  public void received(Spi spi, Endpoint local, Endpoint from, Step step) {
    statistics.invalidSpis++;
    if (tables.pairs.get(spi) != null) {
      return;
    }
    IkeSa ike = tables.ikeSas.establishedWith(from.address());
    if (ike == null) {
      hint(spi, local, from, step);
    } else if (answersPerIkeSa > 0) {
      suspect(ike, spi, step);
    }
  }

  private void hint(Spi spi, Endpoint local, Endpoint from, Step step) {
    boolean mayBePeer = !tables.vpns.candidates(local.address(), from.address()).isEmpty();
    if (mayBePeer && hints.take(step.now())) {
      step.add(
          new Effect.TellUnbound(
              withIkePort(local),
              withIkePort(from),
              Payload.Notify.of(NotifyType.INVALID_SPI, Negotiation.spiOctets(spi))));
    }
  }

  private static Endpoint withIkePort(Endpoint endpoint) {
    return endpoint.port() == 0 ? new Endpoint(endpoint.address(), IKE_PORT) : endpoint;
  }

  /** Somebody there says, outside of any IKE SA, that it does not have an SA we send on. */
  public void hinted(Payloads payloads, Endpoint from, Step step) {
    payloads
        .notify(NotifyType.INVALID_SPI)
        .filter(notify -> notify.data().length() == Integer.BYTES)
        .map(notify -> tables.pairs.sentOn(Negotiation.spi(notify.data()), from.address()))
        .ifPresent(pair -> step.add(new Effect.DoubtPeer(pair.owner)));
  }

  private void suspect(IkeSa ike, Spi spi, Step step) {
    IkeSa.Suspect suspect = ike.suspect;
    if (suspect == null || !suspect.spi().equals(spi)) {
      ike.suspect = new IkeSa.Suspect(spi, step.now());
    } else if (!step.now().isBefore(suspect.since().plus(PERSISTS))
        && ike.invalidSpisAnswered < answersPerIkeSa) {
      ike.suspect = null;
      ike.invalidSpisAnswered++;
      ike.window.enqueue(new QueuedRequest.InvalidSpi(spi));
      step.add(new Effect.SendNext(ike));
    }
  }

  public void send(IkeSa ike, Spi spi, Step step) {
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.Probe(),
            List.of(Payload.Notify.of(NotifyType.INVALID_SPI, Negotiation.spiOctets(spi)))));
  }
}
