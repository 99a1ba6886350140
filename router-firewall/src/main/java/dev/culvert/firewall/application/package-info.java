/** Applications: what a packet carries, by protocol, port and ICMP type. */
@NullMarked
package dev.culvert.firewall.application;

import org.jspecify.annotations.NullMarked;
