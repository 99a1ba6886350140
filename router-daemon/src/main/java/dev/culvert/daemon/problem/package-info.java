/** What the machine refuses the router, and an operator has to mend. */
@NullMarked
package dev.culvert.daemon.problem;

import org.jspecify.annotations.NullMarked;
