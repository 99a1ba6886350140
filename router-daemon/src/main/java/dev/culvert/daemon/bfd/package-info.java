/** BFD's thread and its sockets. */
@NullMarked
package dev.culvert.daemon.bfd;

import org.jspecify.annotations.NullMarked;
