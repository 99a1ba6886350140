package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.List;

/** Why VPNs do not come up: keeps it for operators, counts it and tells it. */
public final class Failures {
  private static final Duration SUSPICION_INTERVAL = Duration.ofSeconds(10);

  private final Statistics statistics;

  public Failures(Statistics statistics) {
    this.statistics = statistics;
  }

  /** An attempt failed, ours or the peer's: keeps and tells why. */
  public void failed(Vpn vpn, DownReason reason, String text, Step step) {
    failed(vpn, reason, text, Remedies.of(reason, vpn.gateway, vpn.config), step);
  }

  /** The same, where it is known what to change. */
  public void failed(Vpn vpn, DownReason reason, String text, List<String> remedies, Step step) {
    vpn.remedies = remedies;
    count(vpn, reason);
    vpn.lastFailure = text;
    vpn.record(step.now(), text);
    if (!vpn.up) {
      vpn.reason = reason;
    }
    reportFailure(vpn, reason, text, step);
  }

  /** An attempt failed that is worth no more words. */
  public void count(Vpn vpn, DownReason reason) {
    vpn.failures++;
    statistics.failed(reason);
  }

  /**
   * The same of a message that proves nothing (RFC 7296 §2.21.1): now and then only, and it does
   * not hide what is known for certain.
   */
  public void suspected(Vpn vpn, DownReason reason, String text, List<String> remedies, Step step) {
    if (!vpn.maySuspect(step.now())) {
      return;
    }
    vpn.suspicionsFrom = step.now().plus(SUSPICION_INTERVAL);
    DownReason known = vpn.reason;
    String knownText = vpn.lastFailure;
    List<String> knownRemedies = vpn.remedies;
    failed(vpn, reason, text, remedies, step);
    if (known.isCertain()) {
      vpn.reason = known;
      vpn.lastFailure = knownText;
      vpn.remedies = knownRemedies;
    }
  }

  static void reportFailure(Vpn vpn, DownReason reason, String text, Step step) {
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.WARN,
                "IKE_NEGOTIATION_FAILED",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "reason",
                reason.label(),
                "text",
                text)));
  }
}
