/** nftables: transactions by libnftables or the nft program; tables read and watched by netlink. */
@NullMarked
package dev.culvert.tun.nftables;

import org.jspecify.annotations.NullMarked;
