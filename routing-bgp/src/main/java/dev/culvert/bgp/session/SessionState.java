package dev.culvert.bgp.session;

/** The states of RFC 4271 §8.2.2, from no session to all of one. */
public enum SessionState {
  IDLE("Idle"),
  CONNECT("Connect"),
  ACTIVE("Active"),
  OPEN_SENT("OpenSent"),
  OPEN_CONFIRM("OpenConfirm"),
  ESTABLISHED("Established");

  private final String junosName;

  SessionState(String junosName) {
    this.junosName = junosName;
  }

  public String junosName() {
    return junosName;
  }
}
