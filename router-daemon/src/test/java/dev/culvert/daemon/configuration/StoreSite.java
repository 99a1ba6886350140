package dev.culvert.daemon.configuration;

import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/** A store over a router and a disk that are not there, in virtual time. */
public final class StoreSite implements ConfigurationStore.Router {
  private record Due(Instant at, Runnable what) {}

  private final PriorityQueue<Due> agenda = new PriorityQueue<>((a, b) -> a.at().compareTo(b.at()));

  public final MemoryDisk disk;
  public ConfigurationStore store;
  public List<String> refusals = List.of();
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  RouterConfig inForce;
  int commits;
  Optional<String> kernelRefuses = Optional.empty();

  public StoreSite(String file) {
    disk = new MemoryDisk(file);
    start();
  }

  /** As culvertd starts; after a crash too. */
  void start() {
    agenda.clear();
    try {
      ConfigurationStore.recover(disk.again(), now);
      inForce = read(disk.file().orElseThrow());
      store =
          new ConfigurationStore(
              disk, this, () -> now, (delay, what) -> agenda.add(new Due(now.plus(delay), what)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test", text, diagnostics);
    if (diagnostics.hasErrors()) {
      throw new IllegalArgumentException(diagnostics.findings().toString());
    }
    return config;
  }

  void pass(Duration time) {
    Instant end = now.plus(time);
    while (!agenda.isEmpty() && !agenda.peek().at().isAfter(end)) {
      Due due = agenda.poll();
      now = due.at();
      due.what().run();
    }
    now = end;
  }

  @Override
  public RouterConfig committed() {
    return inForce;
  }

  @Override
  public Optional<String> commit(RouterConfig after) {
    if (kernelRefuses.isPresent()) {
      return kernelRefuses;
    }
    commits++;
    inForce = after;
    return Optional.empty();
  }

  @Override
  public void kept(RouterConfig config) {}

  @Override
  public List<String> reload() {
    if (refusals.isEmpty()) {
      inForce = read(disk.file().orElseThrow());
    }
    return refusals;
  }

  /** Somebody at the shell. */
  final class Operator {
    final ConfigurationSession session;
    private final ConfigurationMode mode;
    String error = "";

    Operator(String user) {
      session = store.session(user, true);
      mode = new ConfigurationMode(session);
    }

    /** What the line prints; its error is in {@link #error}. */
    String type(String line, String input) {
      List<String> lines = new ArrayList<>();
      AnswerStream answer =
          new AnswerStream(
              1,
              part -> {
                if (part instanceof Answer.Text text) {
                  lines.addAll(text.lines());
                }
              });
      Request request = Request.command(1, line, Request.Format.TEXT);
      String told =
          mode.run(
              input == null ? request : request.withInput(input),
              answer,
              operational -> "ran " + operational);
      answer.flush();
      error = told == null ? "" : told;
      return String.join("\n", lines);
    }

    String type(String line) {
      return type(line, null);
    }

    List<String> complete(String line) {
      return mode.complete(line, unused -> List.of()).stream().map(c -> c.word()).toList();
    }
  }

  Operator configure(String user, ConfigurationSession.Kind kind) {
    Operator operator = new Operator(user);
    List<String> notices = new ArrayList<>();
    String refusal = operator.session.enter(kind, notices);
    operator.error = refusal == null ? String.join("\n", notices) : refusal;
    return operator;
  }

  Operator configure() {
    return configure("root", ConfigurationSession.Kind.SHARED);
  }
}
