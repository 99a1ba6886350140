package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * INVALID_SPI inside an IKE SA (RFC 7296 §1.5, §3.10.1): tells a peer that it sends on a child SA
 * we do not have, and believes a peer that says so of ours. Without an IKE SA nothing is answered:
 * anybody could have sent the packet, and nobody could believe the answer.
 */
final class InvalidSpis {
  /** ESP may overtake the IKE message that makes its SA: only what persists is a lost SA. */
  private static final Duration PERSISTS = Duration.ofSeconds(1);

  private final Tables tables;
  private final Statistics statistics;

  /** {@code respond-bad-spi}: answers for each IKE SA; 0 answers never. */
  int answersPerIkeSa;

  /** An SPI that was unknown once, and when. */
  record Suspect(Spi spi, Instant since) {}

  InvalidSpis(Tables tables, Statistics statistics) {
    this.tables = tables;
    this.statistics = statistics;
  }

  /** ESP with an SPI that is not ours came from there. */
  void received(Spi spi, Endpoint from, Step step) {
    statistics.invalidSpis++;
    if (answersPerIkeSa == 0 || tables.pairs.get(spi) != null) {
      return;
    }
    IkeSa ike = tables.ikeSas.establishedWith(from.address());
    if (ike != null) {
      suspect(ike, spi, step);
    }
  }

  private void suspect(IkeSa ike, Spi spi, Step step) {
    Suspect suspect = ike.suspect;
    if (suspect == null || !suspect.spi().equals(spi)) {
      ike.suspect = new Suspect(spi, step.now());
    } else if (!step.now().isBefore(suspect.since().plus(PERSISTS))
        && ike.invalidSpisAnswered < answersPerIkeSa) {
      ike.suspect = null;
      ike.invalidSpisAnswered++;
      ike.window.enqueue(new QueuedRequest.InvalidSpi(spi));
      step.add(new Effect.SendNext(ike));
    }
  }

  void send(IkeSa ike, Spi spi, Step step) {
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.Probe(),
            List.of(Payload.Notify.of(NotifyType.INVALID_SPI, Negotiation.spiOctets(spi)))));
  }
}
