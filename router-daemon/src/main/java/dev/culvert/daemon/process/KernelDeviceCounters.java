package dev.culvert.daemon.process;

import dev.culvert.daemon.show.DeviceCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** What the kernel has counted of the network devices of this process' namespace. */
final class KernelDeviceCounters {
  private static final Path DEVICES = Path.of("/proc/self/net/dev");

  private KernelDeviceCounters() {}

  static SortedMap<String, DeviceCounters> read() throws IOException {
    return DeviceCounters.parse(Files.readAllLines(DEVICES));
  }
}
