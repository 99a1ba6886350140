/** The ruleset as nftables has it: a pure renderer, and the names it gives things. */
@NullMarked
package dev.culvert.firewall.nft;

import org.jspecify.annotations.NullMarked;
