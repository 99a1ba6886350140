package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import java.util.List;

/**
 * An address and port of ours, with a socket for each forwarding queue. The inbound thread of a
 * queue reads its socket, the outbound thread sends by it.
 */
record WirePort(Endpoint local, List<DatagramPort> sockets, Carries carries) {
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

  static WirePort of(Endpoint local, List<? extends DatagramPort> sockets) {
    Carries carries = Carries.ESP;
    if (sockets.getFirst().isUdp()) {
      carries = local.port() == IKE_PORT ? Carries.IKE : Carries.ESP_AND_IKE;
    }
    return new WirePort(local, List.copyOf(sockets), carries);
  }

  DatagramPort socket(int queue) {
    return sockets.get(queue);
  }

  boolean isUdp() {
    return carries != Carries.ESP;
  }

  void close() {
    sockets.forEach(DatagramPort::close);
  }
}
