package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;

/** A bound socket as {@code forwarding-in} reads it. */
record WirePort(Endpoint local, DatagramPort port, Carries carries) {
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

  static WirePort of(Endpoint local, DatagramPort port) {
    Carries carries = Carries.ESP;
    if (port.isUdp()) {
      carries = local.port() == IKE_PORT ? Carries.IKE : Carries.ESP_AND_IKE;
    }
    return new WirePort(local, port, carries);
  }
}
