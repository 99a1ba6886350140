package dev.culvert.bgp.session;

/**
 * Names one TCP connection between the engine and its surroundings: positive where the engine asked
 * for it, negative where the surroundings accepted it.
 */
public record ConnectionId(long value) implements Comparable<ConnectionId> {
  @Override
  public int compareTo(ConnectionId other) {
    return Long.compare(value, other.value);
  }
}
