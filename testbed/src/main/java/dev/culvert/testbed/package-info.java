/** Whole networks of complete routers in one thread of virtual time. */
@NullMarked
package dev.culvert.testbed;

import org.jspecify.annotations.NullMarked;
