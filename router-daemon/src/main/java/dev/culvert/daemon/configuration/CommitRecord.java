package dev.culvert.daemon.configuration;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * One commit, as {@code show system commit} lists it.
 *
 * @param number counts up over the life of the state directory
 * @param user who made it
 * @param client by what: {@code cli}, {@code file} or {@code other} (the router itself)
 * @param comment one line, may be empty
 */
public record CommitRecord(int number, Instant at, String user, String client, String comment) {
  public static final int MAX_COMMENT = 512;

  static final String NUMBER = "[1-9][0-9]{0,8}";

  private static final int FIELDS = 5;

  public CommitRecord {
    user = word(user);
    client = word(client);
    String line = comment.replaceAll("\\p{Cntrl}+", " ").strip();
    comment = line.length() > MAX_COMMENT ? line.substring(0, MAX_COMMENT) : line;
  }

  private static String word(String text) {
    String word = text.replaceAll("[\\s\\p{Cntrl}]+", "_");
    return word.isEmpty() ? "-" : word;
  }

  /** A line of the commit log. */
  String line() {
    return number + " " + at + " " + user + " " + client + " " + comment;
  }

  static Optional<CommitRecord> parse(String line) {
    String[] fields = line.split(" ", FIELDS);
    if (fields.length < FIELDS || !fields[0].matches(NUMBER)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new CommitRecord(
              Integer.parseInt(fields[0]),
              Instant.parse(fields[1]),
              fields[2],
              fields[3],
              fields[4]));
    } catch (DateTimeException e) {
      // Somebody has edited the log: that commit cannot be told about.
      return Optional.empty();
    }
  }
}
