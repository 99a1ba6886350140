/** The firewall: which ruleset the kernel is to enforce, and what to do when it does not. */
@NullMarked
package dev.culvert.firewall;

import org.jspecify.annotations.NullMarked;
