/** Why a tunnel does not carry what it should, in words and as the statement to change. Pure. */
@NullMarked
package dev.culvert.daemon.diagnosis;

import org.jspecify.annotations.NullMarked;
