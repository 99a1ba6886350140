/**
 * Linux, through {@code java.lang.foreign}: tunnel devices, batched UDP and raw sockets, the
 * sockets of OSPF and BFD, epoll. Nothing here runs an external command.
 */
@NullMarked
package dev.culvert.tun;

import org.jspecify.annotations.NullMarked;
