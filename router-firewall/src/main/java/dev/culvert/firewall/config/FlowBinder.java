package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.ruleset.FlowOptions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns {@code security flow} and {@code security alg} into one record. */
final class FlowBinder {
  /** Junos' where {@code gre-in} and {@code gre-out} name none. */
  private static final int DEFAULT_GRE_MSS = 1320;

  private final Diagnostics diagnostics;

  private FlowBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /**
   * @param flow {@code security flow}, or null where the configuration has none
   * @param alg {@code security alg}, likewise
   */
  static FlowOptions bind(
      @Nullable ConfigNode flow, @Nullable ConfigNode alg, Diagnostics diagnostics) {
    return new FlowBinder(diagnostics).options(Optional.ofNullable(flow), Optional.ofNullable(alg));
  }

  private FlowOptions options(Optional<ConfigNode> flow, Optional<ConfigNode> alg) {
    Optional<ConfigNode> mss = flow.flatMap(n -> n.child("tcp-mss"));
    Optional<ConfigNode> session = flow.flatMap(n -> n.child("tcp-session"));
    session.ifPresent(this::check);
    FlowOptions byDefault = FlowOptions.DEFAULT;
    return new FlowOptions(
        mss.flatMap(n -> n.child("all-tcp")).map(this::allTcpMss).orElse(byDefault.allTcpMss()),
        mss.flatMap(n -> n.child("gre-in")).map(FlowBinder::greMss).orElse(byDefault.greInMss()),
        mss.flatMap(n -> n.child("gre-out")).map(FlowBinder::greMss).orElse(byDefault.greOutMss()),
        byDefault.synCheck() && !has(session, "no-syn-check"),
        byDefault.synCheckInTunnel()
            && !has(session, "no-syn-check")
            && !has(session, "no-syn-check-in-tunnel"),
        has(session, "strict-syn-check"),
        byDefault.sequenceCheck() && !has(session, "no-sequence-check"),
        has(session, "rst-invalidate-session"),
        has(session, "fin-invalidate-session"),
        session
            .flatMap(n -> seconds(n, "tcp-initial-timeout", FlowSchema.INITIAL_TIMEOUT))
            .orElse(byDefault.initialTimeout()),
        session
            .flatMap(n -> n.child("time-wait-state"))
            .flatMap(n -> seconds(n, "session-timeout", FlowSchema.TIME_WAIT_TIMEOUT))
            .orElse(byDefault.timeWaitTimeout()),
        has(flow, "allow-dns-reply"),
        alg.map(this::disabled).orElse(byDefault.disabledAlgs()));
  }

  private static boolean has(Optional<ConfigNode> node, String keyword) {
    return node.filter(n -> n.has(keyword)).isPresent();
  }

  private static Optional<Duration> seconds(
      ConfigNode node, String keyword, ValueType<Integer> type) {
    return node.leaf(keyword, type).map(Duration::ofSeconds);
  }

  private int allTcpMss(ConfigNode node) {
    Optional<Integer> mss = node.leaf("mss", FlowSchema.MSS);
    if (mss.isEmpty()) {
      diagnostics.missing(node, "mss is missing");
    }
    return mss.orElse(0);
  }

  private static int greMss(ConfigNode node) {
    return node.leaf("mss", FlowSchema.MSS).orElse(DEFAULT_GRE_MSS);
  }

  private void check(ConfigNode session) {
    if (session.has("strict-syn-check")
        && (session.has("no-syn-check") || session.has("no-syn-check-in-tunnel"))) {
      diagnostics.error(
          session,
          "strict-syn-check not allowed when no-syn-check or no-syn-check-in-tunnel is configured");
    }
    Optional<ConfigNode> reset = session.child("rst-sequence-check");
    if (reset.isPresent() && session.has("no-sequence-check")) {
      diagnostics.error(reset.get(), "rst-sequence-check and no-sequence-check exclude each other");
    } else if (reset.isPresent()) {
      diagnostics.note(
          reset.get(),
          "a reset outside the window ends no session anyhow: no-sequence-check is off");
    }
  }

  private Set<Alg> disabled(ConfigNode node) {
    Set<Alg> disabled = EnumSet.noneOf(Alg.class);
    for (Alg alg : Alg.values()) {
      if (node.child(alg.junosName()).filter(n -> n.has("disable")).isPresent()) {
        disabled.add(alg);
      }
    }
    for (String keyword : AlgSchema.ABSENT) {
      node.child(keyword)
          .flatMap(n -> n.child("disable"))
          .ifPresent(
              n -> diagnostics.note(n, "there is no such gateway: nothing looks into " + keyword));
    }
    return disabled;
  }
}
