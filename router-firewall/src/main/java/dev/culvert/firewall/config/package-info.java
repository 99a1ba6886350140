/**
 * {@code security zones}, {@code policies}, {@code nat} and the like: text to a {@code Ruleset}.
 */
@NullMarked
package dev.culvert.firewall.config;

import org.jspecify.annotations.NullMarked;
