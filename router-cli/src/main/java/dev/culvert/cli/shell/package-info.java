/** The interactive shell: editing, completion, pager. */
@NullMarked
package dev.culvert.cli.shell;

import org.jspecify.annotations.NullMarked;
