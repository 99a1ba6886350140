/** What a {@code Ruleset} does to a packet, step by step. */
@NullMarked
package dev.culvert.firewall.path;

import org.jspecify.annotations.NullMarked;
