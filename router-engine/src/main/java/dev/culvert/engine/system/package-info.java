/** What is wanted of the kernel's devices, addresses and switches, against what is found there. */
@NullMarked
package dev.culvert.engine.system;

import org.jspecify.annotations.NullMarked;
