/** The client's end of the control socket. */
@NullMarked
package dev.culvert.cli.io;

import org.jspecify.annotations.NullMarked;
