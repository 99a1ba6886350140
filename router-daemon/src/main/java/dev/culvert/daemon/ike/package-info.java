/** IKE's thread, and the door that sorts what comes in before it waits. */
@NullMarked
package dev.culvert.daemon.ike;

import org.jspecify.annotations.NullMarked;
