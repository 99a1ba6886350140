/** What operators see in the log. */
@NullMarked
package dev.culvert.core.notice;

import org.jspecify.annotations.NullMarked;
