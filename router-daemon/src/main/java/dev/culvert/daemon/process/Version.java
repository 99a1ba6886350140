package dev.culvert.daemon.process;

/** What this build calls itself. */
final class Version {
  private Version() {}

  /** The version from the jar's manifest, or {@code development} where classes run unpacked. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
