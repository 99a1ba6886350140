/** What the firewall is doing, as it is shown. */
@NullMarked
package dev.culvert.firewall.operational;

import org.jspecify.annotations.NullMarked;
