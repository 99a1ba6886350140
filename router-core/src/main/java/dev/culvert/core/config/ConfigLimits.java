package dev.culvert.core.config;

/** Bounds on configuration text, so that no file, however strange, exhausts the router. */
final class ConfigLimits {
  /** Characters in one file: room for a quarter of a million static routes. */
  static final int MAX_FILE_LENGTH = 16 * 1024 * 1024;

  /** Nested braces; the deepest statement Junos has needs about twenty. */
  static final int MAX_DEPTH = 64;

  /** Characters in one word or quoted string. */
  static final int MAX_WORD_LENGTH = 4096;

  /** Words in one statement, bracketed lists included. */
  static final int MAX_STATEMENT_WORDS = 65_536;

  /** Faults reported for one file; past that the file is not a configuration at all. */
  static final int MAX_FINDINGS = 200;

  /** Groups in one configuration. */
  static final int MAX_GROUPS = 1000;

  /** Statements that groups may add, so that patterns in patterns do not multiply without end. */
  static final int MAX_INHERITED = 1_000_000;

  private ConfigLimits() {}
}
