/**
 * {@code bin/bench}: how fast the router is, beside others on the same machine and in the same run.
 */
@NullMarked
package dev.culvert.lab.bench;

import org.jspecify.annotations.NullMarked;
