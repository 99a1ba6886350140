package dev.culvert.ipsec.config;

/** {@code establish-tunnels}: who begins. */
public enum EstablishTunnels {
  /** At once, and again whenever the tunnel is down. */
  IMMEDIATELY,
  /** When a packet is routed into the tunnel. */
  ON_TRAFFIC,
  /** Never; the peer begins. */
  RESPONDER_ONLY
}
