/** What goes into the kernel's forwarding table, and keeping it so. */
@NullMarked
package dev.culvert.core.fib;

import org.jspecify.annotations.NullMarked;
