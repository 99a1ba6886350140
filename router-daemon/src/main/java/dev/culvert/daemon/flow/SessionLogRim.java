package dev.culvert.daemon.flow;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.conntrack.ConntrackEvents;
import dev.culvert.tun.conntrack.LoggedPacket;
import dev.culvert.tun.conntrack.NflogReader;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The session logs' thread: hears of sessions and of denied packets while a policy wants them
 * logged, and of nothing otherwise. A flood of either costs this thread and no other.
 */
public final class SessionLogRim implements AutoCloseable {
  private final LogThread thread;
  private final Consumer<? super Notice> notices;
  private final SessionLog log;
  private @Nullable ConntrackEvents events;
  private @Nullable NflogReader denied;
  private Set<ConntrackEvents.Kind> heard = Set.of();
  private long lostPackets;

  /**
   * @param notices told on the thread of this
   * @throws IOException if there is no poller to be had
   */
  public SessionLogRim(InstantSource clock, Consumer<? super Notice> notices, Faults faults)
      throws IOException {
    this.notices = notices;
    this.log = new SessionLog(notices);
    this.thread = new LogThread(clock, faults);
  }

  private final class LogThread extends PollingThread {
    LogThread(InstantSource clock, Faults faults) throws IOException {
      super("session log", EpollPoller.open(), clock, faults::fatal);
    }

    @Override
    protected @Nullable Instant nextDue() {
      return log.nextDue();
    }

    @Override
    protected void onDue() {
      log.turn(now());
    }

    Instant instant() {
      return now();
    }
  }

  public PollingThread thread() {
    return thread;
  }

  /** The ruleset that is in force from here on. Safe from any thread. */
  public void configure(Ruleset ruleset) {
    thread.run(() -> {
      log.configure(ruleset);
      listen();
    });
  }

  /** Which interface has which index. Safe from any thread. */
  public void interfacesChanged(List<InterfaceState> interfaces) {
    thread.run(() -> log.interfacesChanged(interfaces));
  }

  /** Lines written and not. On the thread of this. */
  public SessionLogCounts counts() {
    return log.counts();
  }

  private void listen() {
    Set<ConntrackEvents.Kind> wanted = EnumSet.noneOf(ConntrackEvents.Kind.class);
    if (log.wantsBegin()) {
      wanted.add(ConntrackEvents.Kind.OPENED);
    }
    if (log.wantsEnd()) {
      wanted.add(ConntrackEvents.Kind.CLOSED);
    }
    if (!wanted.equals(heard)) {
      stopHearing(events);
      events = null;
      heard = Set.of();
      if (!wanted.isEmpty()) {
        events = hear("sessions", () -> ConntrackEvents.open(wanted), this::sessionsHeard);
        heard = events == null ? Set.of() : wanted;
      }
    }
    if (!log.wantsDenied()) {
      stopHearing(denied);
      denied = null;
    } else if (denied == null) {
      lostPackets = 0;
      denied =
          hear(
              "denied packets",
              () -> NflogReader.open(NftNames.DENIED_LOG_GROUP),
              this::packetsHeard);
    }
  }

  private interface Opening<T> {
    T open() throws IOException;
  }

  /**
   * Null, and the operator told, where the kernel does not let us hear; the next commit asks again.
   */
  private <T extends Pollable> @Nullable T hear(
      String what, Opening<T> opening, Runnable readable) {
    try {
      T opened = opening.open();
      thread.watch(opened, readable);
      return opened;
    } catch (IOException e) {
      notices.accept(
          Notice.of(
              Notice.Level.ERROR,
              "SESSION_LOG_UNAVAILABLE",
              "of",
              what,
              "reason",
              String.valueOf(e.getMessage())));
      return null;
    }
  }

  private void stopHearing(@Nullable Pollable pollable) {
    if (pollable != null) {
      thread.unwatch(pollable);
      pollable.close();
    }
  }

  private void sessionsHeard() {
    ConntrackEvents source = events;
    if (source == null) {
      return;
    }
    try {
      Instant now = thread.instant();
      source.drain(event -> log.session(event, now));
    } catch (IOException e) {
      failed("sessions", e);
      stopHearing(source);
      events = null;
      heard = Set.of();
    }
  }

  private void packetsHeard() {
    NflogReader source = denied;
    if (source == null) {
      return;
    }
    try {
      Instant now = thread.instant();
      source.drain(packet -> denied(packet, now));
      if (source.lost() > lostPackets) {
        log.lost("denied packets", source.lost() - lostPackets);
        lostPackets = source.lost();
      }
    } catch (IOException e) {
      failed("denied packets", e);
      stopHearing(source);
      denied = null;
    }
  }

  private void denied(LoggedPacket packet, Instant now) {
    NftNames.LogPrefix.parse(packet.prefix())
        .ifPresent(prefix -> log.denied(packet, prefix.policy(), now));
  }

  private void failed(String what, IOException e) {
    notices.accept(
        Notice.of(
            Notice.Level.ERROR,
            "SESSION_LOG_ENDED",
            "of",
            what,
            "reason",
            String.valueOf(e.getMessage())));
  }

  @Override
  public void close() {
    thread.run(() -> {
      stopHearing(events);
      stopHearing(denied);
    });
    thread.close();
  }
}
