/** The BFD Control packet and the values in it. */
@NullMarked
package dev.culvert.bfd.packet;

import org.jspecify.annotations.NullMarked;
