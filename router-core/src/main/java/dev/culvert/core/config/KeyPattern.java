package dev.culvert.core.config;

/**
 * A key in a configuration group: one such as the statement has elsewhere, or a pattern of them.
 *
 * @param of the type of the keys themselves
 */
record KeyPattern<T>(ValueType<T> of) implements ValueType<KeyPattern.Name<T>> {
  /** A key or a pattern. */
  sealed interface Name<T> {
    record Exact<T>(T key) implements Name<T> {}

    record Matching<T>(String word) implements Name<T> {}
  }

  @Override
  public String placeholder() {
    return of.placeholder();
  }

  @Override
  public Parsed<Name<T>> parse(String word) {
    if (NamePattern.of(word).isPresent()) {
      return new Parsed.Value<>(new Name.Matching<>(word));
    }
    return switch (of.parse(word)) {
      case Parsed.Value<T>(T key) -> new Parsed.Value<>(new Name.Exact<>(key));
      case Parsed.Wrong<T>(String reason) -> new Parsed.Wrong<>(reason);
    };
  }

  @Override
  public String print(Name<T> name) {
    return switch (name) {
      case Name.Exact<T>(T key) -> of.print(key);
      case Name.Matching<T>(String word) -> word;
    };
  }
}
