/** rtnetlink (RFC 3549): links, addresses and routes of the kernel, read, changed and watched. */
@NullMarked
package dev.culvert.tun.netlink;

import org.jspecify.annotations.NullMarked;
