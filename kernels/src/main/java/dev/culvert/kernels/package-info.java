/** JMH benchmarks of what the data path and the tables do most often: {@code bin/bench kernels}. */
@NullMarked
package dev.culvert.kernels;

import org.jspecify.annotations.NullMarked;
