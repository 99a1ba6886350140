package dev.culvert.cli.pipe;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One filter of a command line. A stage is a value; {@link #into} makes its working part. */
public sealed interface PipeStage {

  /** The sink that applies this stage to its lines and hands the result to {@code next}. */
  LineSink into(LineSink next);

  /** {@code match RE}: the lines in which the expression is found. */
  record Match(Pattern expression) implements PipeStage {
    @Override
    public LineSink into(LineSink next) {
      return new Filter(next, expression, true);
    }
  }

  /** {@code except RE}: the other lines. */
  record Except(Pattern expression) implements PipeStage {
    @Override
    public LineSink into(LineSink next) {
      return new Filter(next, expression, false);
    }
  }

  /** {@code find RE}: everything from the first line in which the expression is found. */
  record Find(Pattern expression) implements PipeStage {
    @Override
    public LineSink into(LineSink next) {
      return new Finder(next, expression);
    }
  }

  /** {@code count}: how many lines there are. */
  record Count() implements PipeStage {
    @Override
    public LineSink into(LineSink next) {
      return new Counter(next);
    }
  }

  /** {@code last N}: the end of the output. */
  record Last(int lines) implements PipeStage {
    /** Lines are held in memory until the end is known. */
    public static final int MAX_LINES = 100_000;

    public Last {
      if (lines < 1 || lines > MAX_LINES) {
        throw new IllegalArgumentException("last " + lines);
      }
    }

    @Override
    public LineSink into(LineSink next) {
      return new Tail(next, lines);
    }
  }

  /** {@code save FILE}: into a file on the machine of the operator, instead of the screen. */
  record Save(Path file) implements PipeStage {
    @Override
    public LineSink into(LineSink next) {
      return new Saver(next, file);
    }
  }
}

/** Lets through what matches, or what does not. */
record Filter(LineSink next, Pattern expression, boolean keepMatching) implements LineSink {
  @Override
  public boolean line(String text) throws IOException {
    return expression.matcher(text).find() != keepMatching || next.line(text);
  }

  @Override
  public void finish() throws IOException {
    next.finish();
  }
}

final class Finder implements LineSink {
  private final LineSink next;
  private final Pattern expression;
  private boolean found;

  Finder(LineSink next, Pattern expression) {
    this.next = next;
    this.expression = expression;
  }

  @Override
  public boolean line(String text) throws IOException {
    found |= expression.matcher(text).find();
    return !found || next.line(text);
  }

  @Override
  public void finish() throws IOException {
    if (!found) {
      next.line("Pattern not found");
    }
    next.finish();
  }
}

final class Counter implements LineSink {
  private final LineSink next;
  private long lines;

  Counter(LineSink next) {
    this.next = next;
  }

  @Override
  public boolean line(String text) {
    lines++;
    return true;
  }

  @Override
  public void finish() throws IOException {
    next.line("Count: " + lines + " lines");
    next.finish();
  }
}

final class Tail implements LineSink {
  private final LineSink next;
  private final int size;
  private final Deque<String> kept = new ArrayDeque<>();

  Tail(LineSink next, int size) {
    this.next = next;
    this.size = size;
  }

  @Override
  public boolean line(String text) {
    if (kept.size() == size) {
      kept.removeFirst();
    }
    kept.addLast(text);
    return true;
  }

  @Override
  public void finish() throws IOException {
    for (String text : kept) {
      if (!next.line(text)) {
        break;
      }
    }
    next.finish();
  }
}

final class Saver implements LineSink {
  private final LineSink next;
  private final Path file;
  private @Nullable BufferedWriter writer;
  private long lines;

  Saver(LineSink next, Path file) {
    this.next = next;
    this.file = file;
  }

  @Override
  public boolean line(String text) throws IOException {
    BufferedWriter target = open();
    target.write(text);
    target.newLine();
    lines++;
    return true;
  }

  @Override
  public void finish() throws IOException {
    open().close();
    next.line("Wrote " + lines + " lines of output to '" + file + "'");
    next.finish();
  }

  private BufferedWriter open() throws IOException {
    if (writer == null) {
      writer = Files.newBufferedWriter(file);
    }
    return writer;
  }
}
