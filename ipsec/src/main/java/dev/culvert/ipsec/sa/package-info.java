/** Security associations as values: the seam between IKE and the data path. */
@NullMarked
package dev.culvert.ipsec.sa;

import org.jspecify.annotations.NullMarked;
