/** What the kernel is to enforce, as one immutable value. */
@NullMarked
package dev.culvert.firewall.ruleset;

import org.jspecify.annotations.NullMarked;
