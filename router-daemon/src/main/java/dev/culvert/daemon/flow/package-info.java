/** The session logs of policies: from what the kernel tells of sessions and packets to notices. */
@NullMarked
package dev.culvert.daemon.flow;

import org.jspecify.annotations.NullMarked;
