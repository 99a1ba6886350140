package dev.culvert.core.wire;

import java.util.function.Function;

/** Outcome of decoding untrusted bytes. Decoders return one of these; they never throw. */
public sealed interface Decoded<T> {

  record Ok<T>(T value) implements Decoded<T> {}

  record Malformed<T>(DecodeFault fault) implements Decoded<T> {}

  static <T> Decoded<T> malformed(String field, int offset, String reason) {
    return new Malformed<>(new DecodeFault(field, offset, reason));
  }

  default <R> Decoded<R> map(Function<? super T, ? extends R> mapper) {
    return switch (this) {
      case Ok<T>(T value) -> new Ok<>(mapper.apply(value));
      case Malformed<T>(DecodeFault fault) -> new Malformed<>(fault);
    };
  }
}
