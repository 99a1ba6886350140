/**
 * The batch-shaped ports between the IPsec data path and the operating system: the data path is
 * written against them, the {@code tun} module implements them.
 */
@NullMarked
package dev.culvert.core.forwarding;

import org.jspecify.annotations.NullMarked;
