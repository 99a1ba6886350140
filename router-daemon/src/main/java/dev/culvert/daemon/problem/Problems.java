package dev.culvert.daemon.problem;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the machine refuses the parts of one router, in one place to ask. Safe to share. */
public final class Problems {
  private final List<Refusals> parts = new CopyOnWriteArrayList<>();

  /**
   * A part's own.
   *
   * @param part as the metrics name it
   * @param what the operator reads in front of the subject
   */
  public Refusals of(String part, String what) {
    Refusals refusals = new Refusals(part, what);
    parts.add(refusals);
    return refusals;
  }

  /** What is refused as yet, by what it concerns, with the reason. */
  public SortedMap<String, String> all() {
    SortedMap<String, String> all = new TreeMap<>();
    parts.forEach(part -> all.putAll(part.current()));
    return all;
  }

  /** How often something was refused since the start, by part. */
  public SortedMap<String, Long> errors() {
    SortedMap<String, Long> errors = new TreeMap<>();
    parts.forEach(part -> errors.merge(part.part(), part.errors(), Long::sum));
    return errors;
  }
}
