/** Sets of addresses: what address books come down to. */
@NullMarked
package dev.culvert.firewall.address;

import org.jspecify.annotations.NullMarked;
