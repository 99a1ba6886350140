package dev.culvert.bgp.registry;

/** Address family numbers of RFC 4760. */
public final class AddressFamilyId {
  public static final int AFI_IPV4 = 1;
  public static final int AFI_IPV6 = 2;
  public static final int SAFI_UNICAST = 1;

  private AddressFamilyId() {}

  /** As {@code show bgp neighbor} names a family. */
  public static String junosName(int afi, int safi) {
    String family =
        switch (afi) {
          case AFI_IPV4 -> "inet";
          case AFI_IPV6 -> "inet6";
          default -> "afi" + afi;
        };
    return family + "-" + (safi == SAFI_UNICAST ? "unicast" : "safi" + safi);
  }
}
