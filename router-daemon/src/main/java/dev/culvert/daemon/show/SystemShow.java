package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.engine.barrier.InstanceStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;

/** {@code show version} and {@code show system status}. */
public final class SystemShow {
  private SystemShow() {}

  public static Page version(String hostName, String version) {
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
   * @param problems what an operator has to mend, by what it concerns
   * @param configuration what became of the configuration file
   * @param facts further lines by label, such as the AES implementation in use
   * @param instances protocols that fail and start again on their own
   */
  public static Page status(
      String state,
      Instant started,
      Instant now,
      SortedMap<String, String> problems,
      ConfigurationState configuration,
      SequencedMap<String, String> facts,
      List<InstanceStatus> instances) {
    Page page = new Page("system-status");
    page.line("State: %s", state);
    page.line("Uptime: %s", Durations.age(Duration.between(started, now)));
    page.line("Process ID: %d", ProcessHandle.current().pid());
    page.leaf("state", state)
        .leaf("uptime-seconds", Duration.between(started, now).toSeconds())
        .leaf("process-id", ProcessHandle.current().pid());
    problems.forEach((what, reason) -> {
      page.line("Problem: %s: %s", what, reason);
      page.element(Element.builder("problem").leaf("name", what).leaf("reason", reason));
    });
    configuration(page, configuration);
    facts.forEach((label, value) -> {
      page.line("%s: %s", label, value);
      page.element(Element.builder("fact").leaf("name", label).leaf("value", value));
    });
    page.blank();
    page.line("%-12s %8s  %s", "Instance", "Faults", "State");
    instances.forEach(instance -> instance(page, instance, now));
    return page;
  }

  private static void configuration(Page page, ConfigurationState configuration) {
    String refusal = configuration.refusal();
    Path fallback = configuration.fallback();
    page.line("Configuration: %s", configuration.file());
    Element.Builder element =
        Element.builder("configuration-file")
            .leaf("name", configuration.file().toString())
            .leaf("read-at", configuration.readAt().toString())
            .leaf("state", refusal == null ? "in-force" : "refused");
    if (refusal != null) {
      page.line("  refused %s: %s", configuration.readAt(), refusal);
      element.leaf("refusal", refusal);
    }
    if (fallback != null) {
      page.line("  in force instead: %s", fallback);
      element.leaf("fallback", fallback.toString());
    }
    page.element(element);
  }

  private static void instance(Page page, InstanceStatus instance, Instant now) {
    Instant restartAt = instance.restartAt();
    String state = "running";
    if (restartAt != null) {
      // Rounded up: it is not due before.
      long millis = Math.max(0, Duration.between(now, restartAt).toMillis());
      state = "restarting in " + (millis + 999) / 1000 + " s";
    }
    page.line("%-12s %8d  %s", instance.name(), instance.faults(), state);
    page.element(
        Element.builder("instance")
            .leaf("name", instance.name())
            .leaf("faults", instance.faults())
            .leaf("state", state));
  }
}
