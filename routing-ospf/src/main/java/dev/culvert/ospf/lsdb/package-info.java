/** The link-state database (RFC 2328 §12). */
@NullMarked
package dev.culvert.ospf.lsdb;

import org.jspecify.annotations.NullMarked;
