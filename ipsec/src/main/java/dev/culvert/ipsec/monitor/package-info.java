/** The VPN monitor: whether anybody answers through a tunnel; no I/O. */
@NullMarked
package dev.culvert.ipsec.monitor;

import org.jspecify.annotations.NullMarked;
