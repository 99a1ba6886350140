package dev.culvert.tun;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.MessageVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Receive and send buffers of a protocol's own socket. One thread may receive while another sends.
 */
final class ControlChannel {
  private static final int MAX_ERRORS = 16;

  final Descriptor descriptor;
  final MessageVector received;
  final MessageVector sent = new MessageVector(1);
  private final int slots;
  private final int slotSize;
  private final MemorySegment receiveBuffer;
  private final MemorySegment sendBuffer;

  ControlChannel(Descriptor descriptor, int slots, int slotSize) {
    this.descriptor = descriptor;
    this.slots = slots;
    this.slotSize = slotSize;
    received = new MessageVector(slots);
    Arena arena = Arena.ofAuto();
    receiveBuffer = arena.allocate((long) slots * slotSize, 8);
    sendBuffer = arena.allocate(slotSize, 8);
    for (int i = 0; i < slots; i++) {
      received.prepareReceive(i, receiveBuffer, (long) i * slotSize, slotSize);
    }
  }

  /** How many datagrams wait in the slots; pending errors of earlier sends are stepped over. */
  int receive() {
    for (int i = 0; i < slots; i++) {
      received.rearm(i);
    }
    for (int attempt = 0; attempt < MAX_ERRORS; attempt++) {
      int count = received.receive(descriptor.number(), receiveBuffer, slots, Linux.MSG_DONTWAIT);
      if (count >= 0) {
        return count;
      }
      if (count == -Errno.EAGAIN) {
        return 0;
      }
    }
    return 0;
  }

  boolean isFull(int count) {
    return count == slots;
  }

  int length(int slot) {
    return Math.min(received.length(slot), slotSize);
  }

  int octet(int slot, int at) {
    return receiveBuffer.get(ValueLayout.JAVA_BYTE, (long) slot * slotSize + at) & 0xFF;
  }

  Octets octets(int slot, int from, int to) {
    long start = (long) slot * slotSize;
    byte[] bytes = new byte[to - from];
    MemorySegment.copy(receiveBuffer, ValueLayout.JAVA_BYTE, start + from, bytes, 0, bytes.length);
    return Octets.wrap(bytes);
  }

  /** Copies the first octets of a datagram. */
  void copy(int slot, byte[] target, int length) {
    long start = (long) slot * slotSize;
    MemorySegment.copy(receiveBuffer, ValueLayout.JAVA_BYTE, start, target, 0, length);
  }

  /** Prepares a send; control messages may be added before {@link #finishSend}. */
  boolean prepareSend(byte[] payload, int length, IpAddress to, int port, int scope) {
    if (length > slotSize) {
      return false;
    }
    MemorySegment.copy(payload, 0, sendBuffer, ValueLayout.JAVA_BYTE, 0, length);
    sent.prepareSend(0, sendBuffer, 0, length);
    sent.setPeer(0, to, port, scope);
    return true;
  }

  boolean finishSend() {
    for (int attempt = 0; attempt < MAX_ERRORS; attempt++) {
      int result = sent.send(descriptor.number(), sendBuffer, 0, 1, Linux.MSG_DONTWAIT);
      // A pending ICMP error about an earlier packet comes back once instead of sending.
      if (result != -Errno.ECONNREFUSED && result != -Errno.EHOSTUNREACH) {
        return result == 1;
      }
    }
    return false;
  }
}
