/** What {@code show} prints: Junos' columns as text, Junos' element names as structure. */
@NullMarked
package dev.culvert.daemon.show;

import org.jspecify.annotations.NullMarked;
