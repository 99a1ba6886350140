/** OSPF's raw sockets. */
@NullMarked
package dev.culvert.daemon.ospf;

import org.jspecify.annotations.NullMarked;
