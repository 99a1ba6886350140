package dev.culvert.core.path;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The communities of one route (RFC 1997 and RFC 8092) in canonical form: ascending, each once.
 * What RFC 4360 calls extended ones are not among them.
 */
public record Communities(List<Community> values) {
  public static final Communities NONE = new Communities(List.of());

  public Communities {
    values = List.copyOf(new TreeSet<>(values));
  }

  /** Reads {@code 65001:100}, {@code large:65001:1:2} and the well-known names. */
  public static Optional<Communities> parse(List<String> words) {
    List<Community> values = new ArrayList<>();
    for (String word : words) {
      Optional<Community> value = Community.parse(word);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values.add(value.get());
    }
    return Optional.of(new Communities(values));
  }

  public boolean contains(Community community) {
    return values.contains(community);
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  public Communities plus(List<Community> more) {
    List<Community> all = new ArrayList<>(values);
    all.addAll(more);
    return new Communities(all);
  }

  public Communities without(Predicate<Community> unwanted) {
    return new Communities(values.stream().filter(unwanted.negate()).toList());
  }

  /** Those of RFC 1997, which travel in COMMUNITIES. */
  public List<Community.Standard> standard() {
    return values.stream()
        .filter(Community.Standard.class::isInstance)
        .map(Community.Standard.class::cast)
        .toList();
  }

  /** Those of RFC 8092, which travel in LARGE_COMMUNITY. */
  public List<Community.Large> large() {
    return values.stream()
        .filter(Community.Large.class::isInstance)
        .map(Community.Large.class::cast)
        .toList();
  }

  /** Each as Junos prints it. */
  public List<String> texts() {
    return values.stream().map(Community::toString).toList();
  }
}
