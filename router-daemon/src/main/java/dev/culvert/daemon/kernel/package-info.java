/** The thread that talks to the Linux kernel: devices, addresses, routes, and the kernel's news. */
@NullMarked
package dev.culvert.daemon.kernel;

import org.jspecify.annotations.NullMarked;
