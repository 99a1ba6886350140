package dev.culvert.lab.harness;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Echo requests from a namespace, by iputils' {@code ping}. */
public final class Ping {
  private static final Pattern SUMMARY =
      Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

  private static final Duration LAST_ANSWERS = Duration.ofMillis(500);

  private static final Pattern REPLY = Pattern.compile("icmp_seq=(\\d+) ttl");

  private Ping() {}

  /** How many were sent and answered. */
  public record Result(int sent, int received) {
    public int lost() {
      return sent - received;
    }
  }

  /** Whether one echo request is answered within a second. */
  public static boolean answers(NetworkNamespace from, String target) {
    return from.attempt("ping", "-n", "-c", "1", "-W", "1", target).succeeded();
  }

  /** Sends {@code count} echo requests and waits for their answers. */
  public static Result run(NetworkNamespace from, String target, int count, Duration interval) {
    return ping(from, List.of(target), count, interval);
  }

  /** The same from one of the host's addresses. */
  public static Result run(
      NetworkNamespace from, String source, String target, int count, Duration interval) {
    return ping(from, List.of("-I", source, target), count, interval);
  }

  /**
   * ping itself waits for the last answers no longer than two round trips, which is nothing on a
   * busy machine: half a second of requests that do not count go after those that do.
   */
  private static Result ping(
      NetworkNamespace from, List<String> ends, int count, Duration interval) {
    int behind = Math.toIntExact(LAST_ANSWERS.dividedBy(interval));
    List<String> command = new ArrayList<>(List.of("ping", "-n", "-W", "1"));
    command.addAll(List.of("-c", Integer.toString(count + behind), "-i", seconds(interval)));
    command.addAll(ends);
    String output = from.attempt(command.toArray(String[]::new)).output();
    parse(output);
    long received = answered(output).headSet(count, true).size();
    return new Result(count, Math.toIntExact(received));
  }

  /** The numbers of the requests that were answered. */
  private static TreeSet<Integer> answered(String output) {
    return REPLY
        .matcher(output)
        .results()
        .map(reply -> Integer.valueOf(reply.group(1)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Echo requests that go on in the background until {@link #stop}. */
  public static final class Continuous {
    private final LabProcess process;

    private Continuous(LabProcess process) {
      this.process = process;
    }

    /** Waits until one was answered. */
    public void awaitAnswer(Duration limit) {
      Await.until(
          limit, "a ping", () -> REPLY.matcher(process.log()).find(), () -> process.log().strip());
    }

    /** Waits until so many were answered. */
    public void awaitAnswers(int count, Duration limit) {
      Await.until(
          limit,
          count + " pings",
          () -> REPLY.matcher(process.log()).results().count() >= count,
          () -> process.log().strip());
    }

    /** How many were answered until now. */
    public int count() {
      return (int) REPLY.matcher(process.log()).results().count();
    }

    /** Ends the series; an answer still on its way is counted as lost. */
    public Result stop() {
      process.signal("INT");
      process.awaitEnd(Duration.ofSeconds(10));
      return parse(process.log());
    }

    /**
     * Ends the series; returns the numbers of what was not answered, up to the last that was: later
     * ones may have been on their way.
     */
    public List<Integer> stopAndFindMissing() {
      process.signal("INT");
      process.awaitEnd(Duration.ofSeconds(10));
      TreeSet<Integer> answered = answered(process.log());
      if (answered.isEmpty()) {
        throw new LabException("no ping was answered: " + process.log().strip());
      }
      return IntStream.rangeClosed(1, answered.last())
          .filter(sequence -> !answered.contains(sequence))
          .boxed()
          .toList();
    }
  }

  /** Begins to send every {@code interval}; {@code name} is the log's. */
  public static Continuous start(
      LabNetwork network, NetworkNamespace from, String name, String target, Duration interval) {
    List<String> command = List.of("ping", "-n", "-i", seconds(interval), "-W", "1", target);
    return new Continuous(network.start(name, from.inside(command), Map.of()));
  }

  static Result parse(String output) {
    Matcher summary = SUMMARY.matcher(output);
    if (!summary.find()) {
      throw new LabException("ping ended without a summary: " + output.strip());
    }
    return new Result(Integer.parseInt(summary.group(1)), Integer.parseInt(summary.group(2)));
  }

  private static String seconds(Duration interval) {
    return "%d.%03d".formatted(interval.toSeconds(), interval.toMillisPart());
  }
}
