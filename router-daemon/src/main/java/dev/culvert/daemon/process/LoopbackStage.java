package dev.culvert.daemon.process;

import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.SystemCallException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A stage for {@link Rehearsal} with real system calls: a UDP socket of the loopback interface that
 * sends to itself, and a pair of sockets for a tunnel device. Nobody outside of the machine can
 * reach it, and there is nothing to be had.
 */
public final class LoopbackStage implements AutoCloseable {
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final Rehearsal.Stage stage;

  private LoopbackStage() throws SystemCallException {
    try {
      List<TunDevice> ends = TunDevice.pair(Rehearsal.TUNNEL);
      ends.forEach(end -> closers.push(end::close));
      UdpPort wire = UdpPort.loop();
      closers.push(wire::close);
      EpollPoller outbound = EpollPoller.open();
      closers.push(outbound::close);
      EpollPoller inbound = EpollPoller.open();
      closers.push(inbound::close);
      stage =
          new Rehearsal.Stage(
              ends.getFirst(), ends.getLast(), wire, wire.local(), outbound, inbound);
    } catch (SystemCallException e) {
      close();
      throw e;
    }
  }

  /** Opens the sockets. */
  public static LoopbackStage open() throws SystemCallException {
    return new LoopbackStage();
  }

  public Rehearsal.Stage stage() {
    return stage;
  }

  /** Closes what the rehearsal has not closed already. */
  @Override
  public void close() {
    closers.forEach(Runnable::run);
  }
}
