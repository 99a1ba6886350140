package dev.culvert.daemon.metrics;

import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.daemon.show.FibUpdateTimes;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.engine.barrier.InstanceStatus;
import java.util.Set;

/** The process, its configuration and the kernel. */
record SystemMetrics(RouterState router, ScrapedMeters meters) {
  private static final double NANOS = 1e9;
  private static final Set<String> READY = Set.of("ready", "degraded");

  void read() {
    meters.gauge(
        "culvert_build_info", "Version of this router, always 1", 1, "version", router.version());
    meters.gauge(
        "culvert_ready",
        "1 once the configuration is applied",
        READY.contains(router.state()) ? 1 : 0);
    meters.gauge("culvert_problems", "Things an operator has to mend", router.problems().size());
    router
        .bindErrors()
        .forEach((protocol, count) ->
            meters.counter(
                "culvert_bind_errors",
                "Times a port to listen on was refused",
                count,
                "protocol",
                protocol));
    router
        .failingRoutes()
        .forEach((reason, routes) ->
            meters.gauge(
                "culvert_fib_failing_routes",
                "Routes the kernel refuses",
                routes,
                "reason",
                reason));
    ConfigurationState configuration = router.configurationState();
    meters.gauge(
        "culvert_configuration_last_reload_successful",
        "1 if the configuration file was good when it was read last, 0 if it was refused",
        configuration.isSuccessful() ? 1 : 0);
    meters.gauge(
        "culvert_configuration_last_reload_timestamp_seconds",
        "When the configuration file was read last, in Unix time",
        configuration.readAt().toEpochMilli() / 1e3);
    router
        .threadFaults()
        .forEach((thread, count) ->
            meters.counter(
                "culvert_thread_faults",
                "Exceptions caught at the barrier of a thread",
                count,
                "thread",
                thread));
    for (InstanceStatus instance : router.instances()) {
      meters.counter(
          "culvert_engine_faults",
          "Times a protocol instance failed and was started again",
          instance.faults(),
          "instance",
          instance.name());
      meters.gauge(
          "culvert_engine_running",
          "1 while the protocol instance runs, 0 while it waits for its restart",
          instance.restartAt() == null ? 1 : 0,
          "instance",
          instance.name());
    }
    FibUpdateTimes latency = router.fibUpdateTimes();
    meters.counter(
        "culvert_fib_updates", "Batches of routes handed to the kernel", latency.batches());
    meters.counter("culvert_fib_operations", "Routes changed in the kernel", latency.operations());
    meters.counter(
        "culvert_fib_update_seconds",
        "Time from the decision to the kernel's acknowledgment, summed over batches",
        latency.totalNanos() / NANOS);
    meters.gauge(
        "culvert_fib_update_last_seconds",
        "Time from the decision to the kernel's acknowledgment of the last batch",
        latency.lastNanos() / NANOS);
  }
}
