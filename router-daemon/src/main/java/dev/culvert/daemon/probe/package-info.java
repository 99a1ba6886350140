/** ICMP echo for those who try paths out: the VPN monitor and its sockets. */
@NullMarked
package dev.culvert.daemon.probe;

import org.jspecify.annotations.NullMarked;
