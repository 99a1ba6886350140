package dev.culvert.tun.nftables;

import java.util.Optional;

/** Finds what this machine has to talk to nftables with. */
public final class Nftables {
  /** The Debian package of the library, which {@link #open} prefers, and of the program. */
  public static final String LIBRARY_PACKAGE = "libnftables1";

  public static final String PROGRAM_PACKAGE = "nftables";

  /** What to tell the operator where {@link #open} finds nothing. */
  public static final String MISSING =
      "neither libnftables.so.1 nor the program nft is on this machine: "
          + ("install the package " + LIBRARY_PACKAGE + " (or " + PROGRAM_PACKAGE + ")");

  private Nftables() {}

  /**
   * The library where it is installed, otherwise the program.
   *
   * @return empty where there is neither: {@link #MISSING} says what to do
   */
  public static Optional<NftablesPort> open() {
    Optional<NftablesPort> library = LibNftables.open();
    return library.isPresent() ? library : NftProgram.open();
  }
}
