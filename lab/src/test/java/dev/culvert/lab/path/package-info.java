/** Whether the interpreter of rulesets and the kernel agree. */
@NullMarked
package dev.culvert.lab.path;

import org.jspecify.annotations.NullMarked;
