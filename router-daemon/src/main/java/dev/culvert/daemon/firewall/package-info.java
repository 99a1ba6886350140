/** The firewall's thread, and the kernel's side of it: nftables and connection tracking. */
@NullMarked
package dev.culvert.daemon.firewall;

import org.jspecify.annotations.NullMarked;
