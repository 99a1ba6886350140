package dev.culvert.core.rib;

/** Route origins with their Junos name and default preference; the lower preference wins. */
public enum RouteProtocol {
  DIRECT("Direct", 'D', 0),
  LOCAL("Local", 'L', 0),
  STATIC("Static", 'S', 5),
  /** A prefix by which static NAT shows another one to the outside. */
  STATIC_NAT("Static-NAT", 'N', 5),
  /** What a traffic selector of a tunnel leads to. */
  ARI_TS("ARI-TS", 'T', 5),
  OSPF_INTERNAL("OSPF", 'O', 10),
  RIP("RIP", 'R', 100),
  RIPNG("RIPng", 'R', 100),
  AGGREGATE("Aggregate", 'A', 130),
  OSPF_EXTERNAL("OSPF", 'O', 150),
  BGP("BGP", 'B', 170);

  private final String junosName;
  private final char terseLetter;
  private final int defaultPreference;

  RouteProtocol(String junosName, char terseLetter, int defaultPreference) {
    this.junosName = junosName;
    this.terseLetter = terseLetter;
    this.defaultPreference = defaultPreference;
  }

  public String junosName() {
    return junosName;
  }

  /** The letter of {@code show route terse}. */
  public char terseLetter() {
    return terseLetter;
  }

  public int defaultPreference() {
    return defaultPreference;
  }
}
