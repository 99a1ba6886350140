/** What many tunnels cost two routers: time, memory, processor. */
@NullMarked
package dev.culvert.lab.bench.tunnels;

import org.jspecify.annotations.NullMarked;
