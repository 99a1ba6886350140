package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.util.List;

/**
 * An address and port of ours, with a socket for each forwarding queue. The inbound thread of a
 * queue reads its socket, the outbound thread sends by it; {@link #sendOne} and {@link #close} are
 * safe from any thread.
 */
final class WirePort {
  private static final int IKE_PORT = 500;

  /** What arrives on a socket. */
  enum Carries {
    /** UDP port 500: IKE without a marker. */
    IKE,
    /** UDP port 4500: ESP, IKE behind a non-ESP marker, keepalives (RFC 3948 §2). */
    ESP_AND_IKE,
    /** IP protocol 50. */
    ESP
  }

  private final Endpoint local;
  private final List<DatagramPort> sockets;
  private final Carries carries;

  /** Held while one message is sent, so that its socket is not closed under it. */
  private final Object sending = new Object();

  private boolean closed;

  private WirePort(Endpoint local, List<DatagramPort> sockets, Carries carries) {
    this.local = local;
    this.sockets = sockets;
    this.carries = carries;
  }

  static WirePort of(Endpoint local, List<? extends DatagramPort> sockets) {
    Carries carries = Carries.ESP;
    if (sockets.getFirst().isUdp()) {
      carries = local.port() == IKE_PORT ? Carries.IKE : Carries.ESP_AND_IKE;
    }
    return new WirePort(local, List.copyOf(sockets), carries);
  }

  Endpoint local() {
    return local;
  }

  Carries carries() {
    return carries;
  }

  DatagramPort socket(int queue) {
    return sockets.get(queue);
  }

  /**
   * Sends one datagram of the control plane's.
   *
   * @return false if the port is closed, or the kernel refused
   */
  boolean sendOne(Octets datagram, Endpoint remote, boolean dontFragment) {
    synchronized (sending) {
      return !closed && sockets.getFirst().sendOne(datagram, remote, dontFragment);
    }
  }

  /** An IKE message as it leaves by this port: where ESP does as well, behind a non-ESP marker. */
  Octets markedIke(Octets message) {
    return carries == Carries.IKE
        ? message
        : new WireWriter().zeros(Integer.BYTES).octets(message).toOctets();
  }

  void close() {
    synchronized (sending) {
      closed = true;
      sockets.forEach(DatagramPort::close);
    }
  }
}
