package dev.culvert.daemon.metrics;

import dev.culvert.daemon.show.RouterState;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}. Every configured tunnel, neighbor state and cause has its series from the
 * start, at zero; no label grows with time. Safe from any thread.
 */
public final class RouterMetrics {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ScrapedMeters meters = new ScrapedMeters(registry);
  private final RouterState router;

  @SuppressWarnings("resource") // the listener lives as long as the process
  public RouterMetrics(RouterState router) {
    this.router = router;
    // Their names break Prometheus' own rules for names (promtool check metrics).
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new JvmGcMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** The page in the format the Accept header asks for. */
  public synchronized MetricsPage render(@Nullable String accept) {
    meters.begin();
    new SystemMetrics(router, meters).read();
    new SecurityMetrics(router, meters).read();
    new FlowMetrics(router, meters).read();
    new FirewallMetrics(router, meters).read();
    new RoutingMetrics(router, meters).read();
    meters.end();
    boolean openMetrics = accept != null && accept.contains("application/openmetrics-text");
    String contentType = openMetrics ? OPEN_METRICS : TEXT;
    return new MetricsPage(contentType, registry.scrape(contentType));
  }
}
