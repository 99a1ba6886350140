/** Benchmarks of what is package-private: they share the package, not the module. */
@NullMarked
package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.NullMarked;
