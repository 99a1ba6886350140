/** ICMP echo for those who try paths out: the VPN monitor, RPM, and their sockets. */
@NullMarked
package dev.culvert.daemon.probe;

import org.jspecify.annotations.NullMarked;
