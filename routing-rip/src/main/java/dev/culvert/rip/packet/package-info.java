/** RIP's and RIPng's messages on the wire. */
@NullMarked
package dev.culvert.rip.packet;

import org.jspecify.annotations.NullMarked;
