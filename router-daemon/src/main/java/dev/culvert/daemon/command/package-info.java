/** The operational commands: the table of them, the parser of command lines, what each one does. */
@NullMarked
package dev.culvert.daemon.command;

import org.jspecify.annotations.NullMarked;
