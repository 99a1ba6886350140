/**
 * ESP transforms by the machine's libcrypto through {@code java.lang.foreign}. Raw addresses live
 * here and nowhere else in this module; every offset and length is checked before it becomes one.
 */
@NullMarked
package dev.culvert.ipsec.libcrypto;

import org.jspecify.annotations.NullMarked;
