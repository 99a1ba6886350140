/**
 * Networks of real kernels on one machine: namespaces, the wires between them, and the programs in
 * them. Used by the labs and the demonstration; needs root and iproute2.
 */
@NullMarked
package dev.culvert.lab.net;

import org.jspecify.annotations.NullMarked;
