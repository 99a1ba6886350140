/** Prometheus metrics, by Micrometer. */
@NullMarked
package dev.culvert.daemon.metrics;

import org.jspecify.annotations.NullMarked;
