package dev.culvert.engine.instance;

/**
 * Who may ask for a neighbor to be watched.
 *
 * @param rank orders the clients of a session where they are shown
 * @param name as {@code show bfd session} prints it
 */
public record LivenessClient(int rank, String name) implements Comparable<LivenessClient> {
  @Override
  public int compareTo(LivenessClient other) {
    int byRank = Integer.compare(rank, other.rank);
    return byRank != 0 ? byRank : name.compareTo(other.name);
  }
}
