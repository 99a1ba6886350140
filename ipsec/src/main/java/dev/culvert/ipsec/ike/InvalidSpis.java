package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * INVALID_SPI inside an IKE SA (RFC 7296 §1.5, §3.10.1): tells a peer that it sends on a child SA
 * we do not have, and believes a peer that says so of ours. Without an IKE SA nothing is answered:
 * anybody could have sent the packet, and nobody could believe the answer.
 */
final class InvalidSpis {
  /** ESP may overtake the IKE message that makes its SA: only what persists is a lost SA. */
  private static final Duration PERSISTS = Duration.ofSeconds(1);

  private final EngineParts parts;

  /** {@code respond-bad-spi}: answers for each IKE SA; 0 answers never. */
  int answersPerIkeSa;

  /** An SPI that was unknown once, and when. */
  record Suspect(Spi spi, Instant since) {}

  InvalidSpis(EngineParts parts) {
    this.parts = parts;
  }

  /** ESP with an SPI that is not ours came from there. */
  void received(Spi spi, Endpoint from, Step step) {
    parts.statistics.invalidSpis++;
    if (answersPerIkeSa == 0 || parts.tables.pairs.get(spi) != null) {
      return;
    }
    IkeSa ike = parts.tables.ikeSas.establishedWith(from.address());
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
      parts.dispatcher.pump(ike, step);
    }
  }

  void send(IkeSa ike, Spi spi, Step step) {
    parts.messenger.request(
        ike,
        new PendingRequest.Probe(),
        List.of(Payload.Notify.of(NotifyType.INVALID_SPI, Negotiation.spiOctets(spi))),
        step);
  }

  /** The peer does not have the SA we send on: that pair is of no use any more. */
  void toldBy(IkeSa ike, Payloads payloads, Step step) {
    ChildPair lost =
        payloads
            .notify(NotifyType.INVALID_SPI)
            .filter(notify -> notify.data().length() == Integer.BYTES)
            .map(notify -> lost(ike, Negotiation.spi(notify.data())))
            .orElse(null);
    if (lost != null) {
      lost.vpn.record(
          step.now(), "IPSec SA is deleted because peer does not know it (INVALID_SPI)");
      parts.informational.deleteChild(lost, step);
    }
  }

  private static @Nullable ChildPair lost(IkeSa ike, Spi outbound) {
    Vpn vpn = ike.vpn;
    return vpn == null
        ? null
        : vpn.pairs.stream()
            .filter(p -> p.state == ChildPair.State.INSTALLED && p.owner == ike)
            .filter(p -> p.sa.outboundSpi().equals(outbound))
            .findFirst()
            .orElse(null);
  }
}
