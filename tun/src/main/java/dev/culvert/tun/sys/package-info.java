/** The system calls, and the only raw addresses of this module: every length is checked here. */
@NullMarked
package dev.culvert.tun.sys;

import org.jspecify.annotations.NullMarked;
