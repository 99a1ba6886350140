/** Who is measured: pairs of gateways, each between two hosts of its own. */
@NullMarked
package dev.culvert.lab.bench.contender;

import org.jspecify.annotations.NullMarked;
