/** Connection tracking: sessions listed, deleted, heard of; and packets that rules log. */
@NullMarked
package dev.culvert.tun.conntrack;

import org.jspecify.annotations.NullMarked;
