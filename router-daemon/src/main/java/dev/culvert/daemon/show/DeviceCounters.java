package dev.culvert.daemon.show;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the kernel has counted of a network device since it was made. */
public record DeviceCounters(
    long inputOctets,
    long inputPackets,
    long inputErrors,
    long inputDrops,
    long outputOctets,
    long outputPackets,
    long outputErrors,
    long outputDrops) {
  /** Columns of {@code /proc/net/dev}: eight for each direction. */
  private static final int COLUMNS = 16;

  private static final int OUTPUT = 8;

  static final DeviceCounters NONE = new DeviceCounters(0, 0, 0, 0, 0, 0, 0, 0);

  /**
   * By device.
   *
   * @param lines of {@code /proc/net/dev}; what is no line of a device is skipped, as its head is
   */
  public static SortedMap<String, DeviceCounters> parse(List<String> lines) {
    SortedMap<String, DeviceCounters> counters = new TreeMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      String[] columns = line.substring(colon + 1).strip().split("\\s+", -1);
      if (colon > 0 && columns.length >= COLUMNS) {
        long[] n = new long[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
          n[i] = Long.parseUnsignedLong(columns[i]);
        }
        counters.put(
            line.substring(0, colon).strip(),
            new DeviceCounters(
                n[0], n[1], n[2], n[3], n[OUTPUT], n[OUTPUT + 1], n[OUTPUT + 2], n[OUTPUT + 3]));
      }
    }
    return counters;
  }

  /** Of two devices, or of two units of one, together. */
  DeviceCounters plus(DeviceCounters other) {
    return new DeviceCounters(
        inputOctets + other.inputOctets,
        inputPackets + other.inputPackets,
        inputErrors + other.inputErrors,
        inputDrops + other.inputDrops,
        outputOctets + other.outputOctets,
        outputPackets + other.outputPackets,
        outputErrors + other.outputErrors,
        outputDrops + other.outputDrops);
  }
}
