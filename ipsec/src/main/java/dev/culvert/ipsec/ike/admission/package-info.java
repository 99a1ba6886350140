/**
 * What is decided of a received IKE message before the IKE thread sees it: how urgent it is, and
 * whether it is to be seen at all. Everything here costs the same however many IKE SAs and tunnels
 * there are.
 */
@NullMarked
package dev.culvert.ipsec.ike.admission;

import org.jspecify.annotations.NullMarked;
