/** What many policies cost. */
@NullMarked
package dev.culvert.lab.bench.policies;

import org.jspecify.annotations.NullMarked;
