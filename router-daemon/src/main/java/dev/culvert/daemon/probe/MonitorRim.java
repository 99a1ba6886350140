package dev.culvert.daemon.probe;

import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.ipsec.config.MonitorConfig;
import dev.culvert.ipsec.config.VpnMonitorConfig;
import dev.culvert.ipsec.monitor.MonitorAction;
import dev.culvert.ipsec.monitor.MonitorEngine;
import dev.culvert.ipsec.monitor.MonitorEvent;
import dev.culvert.tun.EpollPoller;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The VPN monitor on a thread of its own, with its sockets. */
public final class MonitorRim
    implements EngineThread.Rim<MonitorEvent, MonitorAction>, AutoCloseable {
  /** Told on the monitor's thread, which must not have to wait. */
  public interface Listener {
    void pathChanged(InterfaceName tunnel, boolean usable);

    void pathFailed(String vpn, String text);

    void report(Notice notice);
  }

  private final EngineThread<MonitorEngine, MonitorEvent, MonitorAction> thread;
  private final EchoSockets sockets;
  private final ToLongFunction<InterfaceName> inboundPackets;
  private final Listener listener;
  private final Faults faults;

  // What a fresh engine has to know.
  private MonitorConfig config = MonitorConfig.NONE;
  private final SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();
  private final Set<InterfaceName> tunnelsUp = new TreeSet<>();

  /**
   * @param inboundPackets those that have come out of a tunnel so far; safe from any thread
   */
  public MonitorRim(
      RandomGenerator random,
      InstantSource clock,
      ToLongFunction<InterfaceName> inboundPackets,
      Listener listener,
      Refusals refusals,
      Faults faults)
      throws IOException {
    this.inboundPackets = inboundPackets;
    this.listener = listener;
    this.faults = faults;
    this.thread =
        new EngineThread<>(
            "monitor",
            new InstanceBarrier<>(
                "monitor",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::monitor),
                () -> new MonitorEngine(random)),
            EpollPoller.open(),
            clock,
            this,
            faults::fatal);
    this.sockets = new EchoSockets(thread, refusals, this::replied);
  }

  public EngineThread<MonitorEngine, MonitorEvent, MonitorAction> thread() {
    return thread;
  }

  private void replied(@Nullable InterfaceName in, EchoReply reply) {
    if (in != null) {
      thread.deliver(new MonitorEvent.ReplyReceived(in, reply));
    }
  }

  @Override
  public void heard(MonitorEvent event) {
    switch (event) {
      case MonitorEvent.ConfigurationCommitted e -> {
        config = e.after();
        sockets.keepOnly(
            config.monitors().stream()
                .map(VpnMonitorConfig::tunnel)
                .collect(Collectors.toUnmodifiableSet()));
      }
      case MonitorEvent.InterfacesChanged e -> e.changes().applyTo(interfaces);
      case MonitorEvent.TunnelChanged e -> {
        if (e.up()) {
          tunnelsUp.add(e.tunnel());
        } else {
          tunnelsUp.remove(e.tunnel());
        }
      }
      case MonitorEvent.ReplyReceived e -> {}
      case MonitorEvent.TrafficRead e -> {}
    }
  }

  /** A fresh engine tries every path anew, and says of each whether it is to be used meanwhile. */
  @Override
  public void failed(InstanceFault fault) {
    faults.save(fault);
  }

  @Override
  public List<MonitorEvent> briefing() {
    List<MonitorEvent> briefing = new ArrayList<>();
    briefing.add(
        new MonitorEvent.InterfacesChanged(InterfaceChanges.of(List.copyOf(interfaces.values()))));
    tunnelsUp.forEach(tunnel -> briefing.add(new MonitorEvent.TunnelChanged(tunnel, true)));
    briefing.add(new MonitorEvent.ConfigurationCommitted(config));
    return briefing;
  }

  @Override
  public void perform(MonitorAction action) {
    switch (action) {
      case MonitorAction.SendRequest a -> sockets.send(a.request());
      case MonitorAction.ReadTraffic a ->
          thread.submit(
              new MonitorEvent.TrafficRead(a.tunnel(), inboundPackets.applyAsLong(a.tunnel())));
      case MonitorAction.PathChanged a -> listener.pathChanged(a.tunnel(), a.usable());
      case MonitorAction.RenewSecurityAssociations a -> listener.pathFailed(a.vpn(), a.reason());
      case MonitorAction.Report a -> listener.report(a.notice());
    }
  }

  @Override
  public void close() {
    thread.run(sockets::close);
    thread.close();
  }
}
