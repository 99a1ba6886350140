package dev.culvert.lab.harness;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.TunDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A point-to-point wire without Ethernet: a TUN device in each of two namespaces, and a program of
 * its own that copies packets from one to the other. To the routers at its ends it looks like the
 * {@code st0.N} of a tunnel.
 */
public final class TunWire {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** Room for one super-packet and the header in front of it. */
  private static final int SLOT_SIZE = 66 * 1024;

  private static final int SLOTS = 16;
  private static final int HEADROOM = 64;

  private final LabProcess process;

  private TunWire(LabProcess process) {
    this.process = process;
  }

  /** Puts a device of that name into both namespaces, up and with carrier, without addresses. */
  public static TunWire between(
      LabNetwork network, NetworkNamespace left, NetworkNamespace right, String device) {
    // A TUN device keeps working for whoever opened it when it moves to another namespace.
    NetworkNamespace workshop = network.namespace("wire-" + device);
    List<String> command = JavaProgram.command(TunWire.class, device, left.name(), right.name());
    LabProcess process = network.start("wire-" + device, workshop.inside(command), Map.of());
    Await.until(
        START_LIMIT,
        "the wire " + device,
        () -> left.hasDevice(device) && right.hasDevice(device),
        process::log);
    left.up(device);
    right.up(device);
    return new TunWire(process);
  }

  /** From here on packets vanish in it, while both ends keep their carrier. */
  public void cut() {
    process.signal("STOP");
  }

  public void heal() {
    process.signal("CONT");
  }

  /** The program of the wire: DEVICE NAMESPACE NAMESPACE. */
  public static void main(String[] arguments) throws IOException {
    TunDevice left = end(arguments[0], arguments[1]);
    TunDevice right = end(arguments[0], arguments[2]);
    Thread.ofPlatform().start(() -> copy(left, right));
    copy(right, left);
  }

  private static TunDevice end(String device, String namespace) throws IOException {
    TunDevice end = TunDevice.open(new InterfaceName(device, 0));
    HostCommand.run("ip", "link", "set", device, "netns", namespace);
    end.setCarrier(true);
    return end;
  }

  private static void copy(TunDevice from, TunDevice to) {
    try (EpollPoller poller = EpollPoller.open()) {
      poller.add(from, 0);
      PacketBatch batch = new PacketBatch(Arena.global(), SLOTS, SLOT_SIZE, HEADROOM);
      while (true) {
        poller.await(-1);
        batch.clear();
        from.read(batch);
        to.write(batch);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
