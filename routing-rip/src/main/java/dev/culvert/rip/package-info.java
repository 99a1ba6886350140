/** RIP and RIPng: a table of distances, exchanged with neighbors. */
@NullMarked
package dev.culvert.rip;

import org.jspecify.annotations.NullMarked;
