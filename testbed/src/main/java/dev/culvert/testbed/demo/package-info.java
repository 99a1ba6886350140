/** The product's main job, shown without a network. */
@NullMarked
package dev.culvert.testbed.demo;

import org.jspecify.annotations.NullMarked;
