package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What was committed, newest first: {@code rollback 0} is the one in force. A commit is a text of
 * its own and a line in the log; without the line it never happened. Confined to its owner.
 */
final class CommitHistory {
  /** {@code rollback 0} to {@code rollback 49}. */
  static final int KEPT = 50;

  private static final String LOG = "log";
  private static final String PENDING = "pending";
  private static final String RESCUE = "rescue.conf";

  /**
   * A commit that ends by itself if it is not confirmed by then.
   *
   * @param back what is in force again then: the last commit that was to stay
   */
  record Pending(int number, int back, Instant until) {}

  private final ConfigurationDisk disk;
  private final List<CommitRecord> records = new ArrayList<>();

  private CommitHistory(ConfigurationDisk disk) {
    this.disk = disk;
  }

  /** None that could be read; what is committed from here on is kept, if the disk lets it. */
  static CommitHistory unknown(ConfigurationDisk disk) {
    return new CommitHistory(disk);
  }

  static CommitHistory read(ConfigurationDisk disk) throws IOException {
    CommitHistory history = new CommitHistory(disk);
    disk.read(LOG)
        .ifPresent(log ->
            log.lines()
                .flatMap(line -> CommitRecord.parse(line).stream())
                .forEach(history.records::add));
    return history;
  }

  List<CommitRecord> records() {
    return List.copyOf(records);
  }

  /** What {@code rollback N} brings; nothing if there is no such commit. */
  Optional<String> text(int rollback) throws IOException {
    return rollback < 0 || rollback >= records.size()
        ? Optional.empty()
        : textOf(records.get(rollback).number());
  }

  /** By a commit's own number, which it keeps. */
  Optional<String> textOf(int number) throws IOException {
    return disk.read(name(number));
  }

  private static String name(int number) {
    return "commit-" + number + ".conf";
  }

  CommitRecord append(Instant at, String user, String client, String comment, String text)
      throws IOException {
    int number = newest() + 1;
    CommitRecord record = new CommitRecord(number, at, user, client, comment);
    disk.write(name(number), text);
    List<CommitRecord> after = new ArrayList<>();
    after.add(record);
    after.addAll(records.subList(0, Math.min(records.size(), KEPT - 1)));
    List<CommitRecord> dropped = records.subList(after.size() - 1, records.size());
    List<Integer> old = dropped.stream().map(CommitRecord::number).toList();
    writeLog(after);
    for (int gone : old) {
      disk.delete(name(gone));
    }
    return record;
  }

  /** The number of the newest; 0: there is none. */
  int newest() {
    return records.isEmpty() ? 0 : records.getFirst().number();
  }

  /** What is newer than that was never put in force. */
  void dropAfter(int number) throws IOException {
    List<CommitRecord> gone = records.stream().filter(r -> r.number() > number).toList();
    if (!gone.isEmpty()) {
      writeLog(records.stream().filter(r -> r.number() <= number).toList());
    }
    for (CommitRecord record : gone) {
      disk.delete(name(record.number()));
    }
  }

  private void writeLog(List<CommitRecord> after) throws IOException {
    disk.write(
        LOG, after.stream().map(record -> record.line() + "\n").collect(Collectors.joining()));
    records.clear();
    records.addAll(after);
  }

  /** Which of the commits that nobody has confirmed that text is; 0: none of them. */
  int numberOf(String text, Pending pending) throws IOException {
    for (CommitRecord record : records) {
      int number = record.number();
      if (number > pending.back()
          && number <= pending.number()
          && textOf(number).equals(Optional.of(text))) {
        return number;
      }
    }
    return 0;
  }

  Optional<Pending> pending() throws IOException {
    String[] fields = disk.read(PENDING).map(text -> text.strip().split(" ")).orElse(new String[0]);
    if (fields.length != 3
        || !fields[0].matches(CommitRecord.NUMBER)
        || !fields[1].matches(CommitRecord.NUMBER)) {
      return Optional.empty();
    }
    int number = Integer.parseInt(fields[0]);
    int back = Integer.parseInt(fields[1]);
    try {
      return Optional.of(new Pending(number, back, Instant.parse(fields[2])));
    } catch (DateTimeException e) {
      // Better gone back too early than never.
      return Optional.of(new Pending(number, back, Instant.EPOCH));
    }
  }

  void setPending(Pending pending) throws IOException {
    disk.write(PENDING, pending.number() + " " + pending.back() + " " + pending.until() + "\n");
  }

  void clearPending() throws IOException {
    disk.delete(PENDING);
  }

  Optional<String> rescue() throws IOException {
    return disk.read(RESCUE);
  }

  void setRescue(String text) throws IOException {
    disk.write(RESCUE, text);
  }

  void deleteRescue() throws IOException {
    disk.delete(RESCUE);
  }
}
