/** The demonstration that needs neither root nor a network. */
@NullMarked
package dev.culvert.testbed.demo;

import org.jspecify.annotations.NullMarked;
