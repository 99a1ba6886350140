package dev.culvert.ipsec.monitor;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoMessage;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.VpnMonitorConfig;
import dev.culvert.ipsec.config.VpnMonitorConfig.VerifyPath;
import dev.culvert.ipsec.monitor.VpnMonitorStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the path through one monitored tunnel. Each event returns when it is to be
 * looked at again, or null where nothing is due.
 *
 * <p>A path that was declared down stays so until there are replies again, also while it has no SA
 * pair and when it gets others: a tunnel that only negotiates well attracts no traffic. One that
 * fails again soon after its return has to answer twice as often in a row the next time.
 */
final class MonitoredPath {
  /** While the tunnel waits for its first reply, whatever the configured interval. */
  static final Duration VERIFY_INTERVAL = Duration.ofSeconds(1);

  /** A path that has been up for that long may fail again as if it never had. */
  static final Duration STABLE = Duration.ofMinutes(10);

  static final int MOST_REPLIES_NEEDED = 32;

  /** The SA pairs of a path that stays down are renewed at most that many times less often. */
  private static final int MOST_PATIENCE = 32;

  private static final int NONCE_LENGTH = 16;
  private static final int SEQUENCES = 1 << 16;
  private static final int INET_HEADER = 20;
  private static final int INET6_HEADER = 40;

  /** A request that has no reply yet. */
  private record Outstanding(IpAddress destination, int sequence, Octets payload, Instant sent) {}

  private final VpnMonitorConfig config;
  private final Duration interval;
  private final int threshold;
  private final int identifier;
  private final RandomGenerator random;

  private State state = State.IDLE;
  private Instant since;
  private boolean hasSa;
  private @Nullable Outstanding outstanding;
  private int sequence;
  private int lostInARow;
  private int repliesInARow;

  /** To come back up. */
  private int repliesNeeded = 1;

  private Instant returned = Instant.MIN;

  /** In units of the threshold: how many losses until the SA pairs are renewed once more. */
  private int patience = 1;

  /** What the data path had counted when it was read last; -1 before that. */
  private long inboundPackets = -1;

  /** Of those, replies to ourselves. */
  private long repliesSinceRead;

  private boolean verifyFailureTold;
  private long sent;
  private long received;
  private long lost;
  private long failures;
  private @Nullable Duration roundTrip;

  MonitoredPath(
      VpnMonitorConfig config,
      Duration interval,
      int threshold,
      int identifier,
      RandomGenerator random,
      Instant now) {
    this.config = config;
    this.interval = interval;
    this.threshold = threshold;
    this.identifier = identifier;
    this.random = random;
    this.since = now;
  }

  VpnMonitorConfig config() {
    return config;
  }

  /** There is an SA pair to try. */
  @Nullable Instant tunnelUp(
      SortedMap<InterfaceName, InterfaceState> interfaces,
      Instant now,
      ActionSink<? super MonitorAction> actions) {
    hasSa = true;
    inboundPackets = -1;
    lostInARow = 0;
    verifyFailureTold = false;
    if (state != State.DOWN) {
      enter(config.verifyPath() == null ? State.UP : State.VERIFYING, now, actions);
    }
    request(interfaces, now, actions);
    return next(now);
  }

  /** The last SA pair is gone: there is nothing to be sent by. */
  @Nullable Instant tunnelDown(Instant now) {
    hasSa = false;
    outstanding = null;
    lostInARow = 0;
    repliesInARow = 0;
    if (state != State.DOWN) {
      state = State.IDLE;
      since = now;
      return null;
    }
    return now.plus(interval);
  }

  /** The interval is over: what has no reply by then has none. */
  @Nullable Instant due(
      SortedMap<InterfaceName, InterfaceState> interfaces,
      Instant now,
      ActionSink<? super MonitorAction> actions) {
    if (!hasSa) {
      // Nobody else may want the tunnel, as no route leads into it.
      lost(now, actions);
    } else {
      if (outstanding != null) {
        outstanding = null;
        lost++;
        lost(now, actions);
      }
      if (config.optimized() && state == State.UP) {
        actions.add(new MonitorAction.ReadTraffic(config.tunnel()));
      } else {
        request(interfaces, now, actions);
      }
    }
    return next(now);
  }

  /** When it is to be looked at again, as things are. */
  @Nullable Instant next(Instant now) {
    return switch (state) {
      case IDLE -> null;
      case VERIFYING -> now.plus(VERIFY_INTERVAL);
      case UP -> config.destination() == null ? null : now.plus(interval);
      case DOWN -> now.plus(interval);
    };
  }

  private void lost(Instant now, ActionSink<? super MonitorAction> actions) {
    lostInARow++;
    repliesInARow = 0;
    switch (state) {
      case IDLE -> {}
      case VERIFYING -> {
        if (lostInARow >= threshold && !verifyFailureTold) {
          verifyFailureTold = true;
          report(Notice.Level.WARN, "VPN_VERIFY_PATH_FAILED", actions);
        }
      }
      case UP -> {
        if (lostInARow >= threshold) {
          fail(now, actions);
        }
      }
      case DOWN -> {
        if (lostInARow >= (long) threshold * patience) {
          patience = Math.min(2 * patience, MOST_PATIENCE);
          lostInARow = 0;
          renew(actions);
        }
      }
    }
  }

  private void fail(Instant now, ActionSink<? super MonitorAction> actions) {
    boolean again = now.isBefore(returned.plus(STABLE));
    repliesNeeded = again ? Math.min(2 * repliesNeeded, MOST_REPLIES_NEEDED) : 1;
    patience = 2;
    failures++;
    enter(State.DOWN, now, actions);
    report(Notice.Level.WARN, "VPN_MONITOR_DOWN", actions);
    renew(actions);
    lostInARow = 0;
  }

  private void renew(ActionSink<? super MonitorAction> actions) {
    actions.add(new MonitorAction.RenewSecurityAssociations(config.vpn(), detail()));
  }

  /**
   * Anyone can send a reply; ours has our number, and a nonce that went into the tunnel alone.
   *
   * @return whether the path came up by it, and so is to be looked at at other times
   */
  boolean replied(EchoReply reply, Instant now, ActionSink<? super MonitorAction> actions) {
    Outstanding asked = outstanding;
    if (asked == null || !answers(reply, asked)) {
      return false;
    }
    outstanding = null;
    received++;
    repliesSinceRead++;
    roundTrip = Duration.between(asked.sent(), now);
    lostInARow = 0;
    repliesInARow++;
    boolean returns = state == State.DOWN && repliesInARow >= repliesNeeded;
    if (!returns && state != State.VERIFYING) {
      return false;
    }
    if (returns) {
      returned = now;
    }
    enter(State.UP, now, actions);
    report(Notice.Level.INFO, returns ? "VPN_MONITOR_UP" : "VPN_PATH_VERIFIED", actions);
    return true;
  }

  private boolean answers(EchoReply reply, Outstanding asked) {
    return reply.identifier() == identifier
        && reply.sequence() == asked.sequence()
        && reply.source().equals(asked.destination())
        && reply.payload().equals(asked.payload());
  }

  /** With {@code optimized}: what comes out of the tunnel is as good as a reply. */
  void trafficRead(
      long inbound,
      SortedMap<InterfaceName, InterfaceState> interfaces,
      Instant now,
      ActionSink<? super MonitorAction> actions) {
    boolean isBusy = inboundPackets >= 0 && inbound - inboundPackets > repliesSinceRead;
    inboundPackets = inbound;
    repliesSinceRead = 0;
    if (!hasSa || state != State.UP || outstanding != null) {
      return;
    }
    if (isBusy) {
      lostInARow = 0;
    } else {
      request(interfaces, now, actions);
    }
  }

  private void enter(State to, Instant now, ActionSink<? super MonitorAction> actions) {
    state = to;
    since = now;
    lostInARow = 0;
    repliesInARow = 0;
    actions.add(new MonitorAction.PathChanged(config.tunnel(), to == State.UP));
  }

  /** While routes do not use the tunnel, the whole path has to be shown to work again. */
  private void request(
      SortedMap<InterfaceName, InterfaceState> interfaces,
      Instant now,
      ActionSink<? super MonitorAction> actions) {
    VerifyPath verifyPath = state == State.UP ? null : config.verifyPath();
    IpAddress destination = verifyPath == null ? config.destination() : verifyPath.destination();
    if (destination == null) {
      return;
    }
    int size = verifyPath == null ? VerifyPath.DEFAULT_PACKET_SIZE : verifyPath.packetSize();
    sequence = (sequence + 1) % SEQUENCES;
    Octets payload = payload(size, destination.family());
    outstanding = new Outstanding(destination, sequence, payload, now);
    sent++;
    actions.add(
        new MonitorAction.SendRequest(
            new EchoRequest(
                config.tunnel(),
                source(interfaces, destination.family()),
                destination,
                identifier,
                sequence,
                payload,
                EchoRequest.DEFAULT_TTL,
                0,
                verifyPath != null)));
  }

  /** A nonce, and zeros up to the size. */
  private Octets payload(int packetSize, AddressFamily family) {
    int header = family == AddressFamily.INET ? INET_HEADER : INET6_HEADER;
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    byte[] payload = new byte[packetSize - header - EchoMessage.HEADER_LENGTH];
    System.arraycopy(nonce, 0, payload, 0, NONCE_LENGTH);
    return Octets.wrap(payload);
  }

  /**
   * Null where the kernel has to choose, as on a unit without an address. Until the tunnel is used
   * it is its own address that asks: the way back to any other may lead through another tunnel.
   */
  private @Nullable IpAddress source(
      SortedMap<InterfaceName, InterfaceState> interfaces, AddressFamily family) {
    InterfaceName configured = config.sourceInterface();
    IpAddress own = address(interfaces.get(config.tunnel()), family);
    return configured == null || (state != State.UP && own != null)
        ? own
        : address(interfaces.get(configured), family);
  }

  private static @Nullable IpAddress address(@Nullable InterfaceState state, AddressFamily family) {
    return state == null ? null : state.primary(family).map(InterfaceAddress::address).orElse(null);
  }

  private void report(Notice.Level level, String tag, ActionSink<? super MonitorAction> actions) {
    actions.add(
        new MonitorAction.Report(
            Notice.of(
                level, tag, "vpn", config.vpn(), "interface", config.tunnel(), "text", detail())));
  }

  private String detail() {
    VerifyPath verifyPath = config.verifyPath();
    IpAddress destination = config.destination();
    return switch (state) {
      case IDLE -> "";
      case UP ->
          destination == null
              ? ""
              : lostInARow == 0 ? "" : lostInARow + " requests without a reply from " + destination;
      case VERIFYING ->
          verifyPath == null
              ? ""
              : "verify-path: no reply yet from "
                  + verifyPath.destination()
                  + " to "
                  + verifyPath.packetSize()
                  + " octets, asked "
                  + (lostInARow + (outstanding == null ? 0 : 1))
                  + " times";
      case DOWN ->
          "VPN monitoring: no reply from "
              + (verifyPath == null ? destination : verifyPath.destination());
    };
  }

  VpnMonitorStatus status() {
    return new VpnMonitorStatus(
        config.vpn(),
        config.tunnel(),
        state,
        since,
        detail(),
        sent,
        received,
        lost,
        lostInARow,
        failures,
        roundTrip);
  }
}
