package dev.culvert.firewall.application;

/** TCP or UDP ports from {@code low} to {@code high}, both included, each 0 to 65,535. */
public record PortRange(int low, int high) implements Comparable<PortRange> {
  public static final PortRange ANY = new PortRange(0, 65_535);

  /**
   * @throws IllegalArgumentException if a port is out of range or {@code high} is below {@code low}
   */
  public PortRange {
    if (low < 0 || high > 65_535 || low > high) {
      throw new IllegalArgumentException("ports " + low + "-" + high);
    }
  }

  public static PortRange of(int port) {
    return new PortRange(port, port);
  }

  public boolean contains(int port) {
    return low <= port && port <= high;
  }

  public boolean covers(PortRange other) {
    return low <= other.low && other.high <= high;
  }

  public boolean overlaps(PortRange other) {
    return low <= other.high && other.low <= high;
  }

  public int size() {
    return high - low + 1;
  }

  @Override
  public int compareTo(PortRange other) {
    return low != other.low ? Integer.compare(low, other.low) : Integer.compare(high, other.high);
  }

  @Override
  public String toString() {
    return low == high ? Integer.toString(low) : low + "-" + high;
  }
}
