package dev.culvert.firewall.application;

/**
 * Application layer gateways: protocols whose data flows are negotiated inside another flow, and
 * which the kernel's connection tracking has a helper for.
 */
public enum Alg {
  FTP("ftp", ServiceMatch.TCP, 21),
  TFTP("tftp", ServiceMatch.UDP, 69),
  SIP("sip", ServiceMatch.UDP, 5060),
  PPTP("pptp", ServiceMatch.TCP, 1723);

  private final String junosName;
  private final int protocol;
  private final int port;

  Alg(String junosName, int protocol, int port) {
    this.junosName = junosName;
    this.protocol = protocol;
    this.port = port;
  }

  /** The word after {@code security alg}, and the kernel's name of the helper. */
  public String junosName() {
    return junosName;
  }

  public int protocol() {
    return protocol;
  }

  /** The well-known destination port of the flow that is looked into. */
  public int port() {
    return port;
  }
}
