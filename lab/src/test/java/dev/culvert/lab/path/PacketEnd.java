package dev.culvert.lab.path;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.TunDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An interface of a namespace whose wire ends in this program: what is written here the namespace
 * receives, before the write returns, and what it sends there is read here. Confined to one thread.
 */
final class PacketEnd implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final int SLOT_SIZE = 4096;
  private static final int SLOTS = 16;
  private static final int HEADROOM = 64;

  private final InterfaceName name;
  private final TunDevice device;
  private final PacketBatch batch = new PacketBatch(Arena.ofAuto(), SLOTS, SLOT_SIZE, HEADROOM);

  private PacketEnd(InterfaceName name, TunDevice device) {
    this.name = name;
    this.device = device;
  }

  /** Makes the interface, up and with carrier. */
  static PacketEnd in(NetworkNamespace namespace, InterfaceName name) {
    // A name that no other program of this machine has, until it is in its namespace.
    String workshop =
        "cve" + ProcessHandle.current().pid() % 1_000_000 + "x" + COUNT.getAndIncrement();
    try {
      TunDevice device = TunDevice.open(new InterfaceName(workshop, 0));
      HostCommand.run("ip", "link", "set", workshop, "netns", namespace.name());
      namespace.ip("link", "set", workshop, "name", name.device());
      device.setCarrier(true);
      namespace.up(name.device());
      return new PacketEnd(name, device);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  InterfaceName name() {
    return name;
  }

  void send(RawPacket packet) {
    byte[] octets = packet.encode();
    batch.clear();
    batch.offset[0] = HEADROOM;
    batch.length[0] = octets.length;
    batch.gsoType[0] = PacketBatch.GSO_NONE;
    batch.checksumStart[0] = -1;
    batch.checksumOffset[0] = -1;
    batch.count = 1;
    MemorySegment.copy(octets, 0, batch.memory, ValueLayout.JAVA_BYTE, HEADROOM, octets.length);
    if (device.write(batch) != 1) {
      throw new IllegalStateException(name + " did not take " + packet);
    }
  }

  /** All that has come out since the last look. */
  List<RawPacket> received() {
    List<RawPacket> all = new ArrayList<>();
    while (device.read(batch) > 0) {
      for (int slot = 0; slot < batch.count; slot++) {
        ByteBuffer packet =
            batch.memory.asSlice(batch.offset[slot], batch.length[slot]).asByteBuffer();
        RawPacket.decode(packet).ifPresent(all::add);
      }
    }
    return all;
  }

  @Override
  public void close() {
    device.close();
  }
}
