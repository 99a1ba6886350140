package dev.culvert.cli.protocol;

/**
 * Where an operator is, as the prompt shows it.
 *
 * @param host the router's host name
 * @param mode operational or configuration
 * @param editPath the statement path of {@code edit}, empty at the top
 */
public record Session(String host, Mode mode, String editPath) {

  public enum Mode {
    OPERATIONAL,
    CONFIGURATION
  }

  public static Session operational(String host) {
    return new Session(host, Mode.OPERATIONAL, "");
  }

  public static Session configuration(String host, String editPath) {
    return new Session(host, Mode.CONFIGURATION, editPath);
  }

  /** {@code user@host> }, or {@code user@host# } while configuring. */
  public String prompt(String user) {
    return user
        + "@"
        + host
        + switch (mode) {
          case OPERATIONAL -> "> ";
          case CONFIGURATION -> "# ";
        };
  }
}
