/** Route policy: {@code policy-options}, compiled and evaluated with Junos' semantics. */
@NullMarked
package dev.culvert.core.policy;

import org.jspecify.annotations.NullMarked;
