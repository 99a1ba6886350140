package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import java.time.Duration;
import java.time.Instant;
import java.util.SequencedMap;

/** {@code show version} and {@code show system status}. */
final class SystemShow {
  private SystemShow() {}

  static Page version(String hostName, String version) {
    return new Page("software-information")
        .line("Hostname: %s", hostName)
        .line("Model: culvert")
        .line("Culvert: %s", version)
        .line("Java: %s (%s)", Runtime.version(), System.getProperty("java.vm.name"))
        .line("Kernel: %s %s", System.getProperty("os.name"), System.getProperty("os.version"))
        .leaf("host-name", hostName)
        .leaf("product-name", "culvert")
        .leaf("culvert-version", version)
        .leaf("java-version", Runtime.version().toString())
        .leaf("kernel-version", System.getProperty("os.version"));
  }

  /**
   * The router as a process.
   *
   * @param facts further lines by label, such as the AES implementation in use
   */
  static Page status(
      String state, Instant started, Instant now, SequencedMap<String, String> facts) {
    Page page = new Page("system-status");
    page.line("State: %s", state);
    page.line("Uptime: %s", Durations.age(Duration.between(started, now)));
    page.line("Process ID: %d", ProcessHandle.current().pid());
    page.leaf("state", state)
        .leaf("uptime-seconds", Duration.between(started, now).toSeconds())
        .leaf("process-id", ProcessHandle.current().pid());
    facts.forEach((label, value) -> {
      page.line("%s: %s", label, value);
      page.element(Element.builder("fact").leaf("name", label).leaf("value", value));
    });
    return page;
  }
}
