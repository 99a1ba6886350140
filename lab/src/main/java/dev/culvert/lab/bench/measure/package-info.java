/** What is measured, and how. */
@NullMarked
package dev.culvert.lab.bench.measure;

import org.jspecify.annotations.NullMarked;
