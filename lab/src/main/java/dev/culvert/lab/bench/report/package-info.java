/** What is told of it: tables, files and plots. */
@NullMarked
package dev.culvert.lab.bench.report;

import org.jspecify.annotations.NullMarked;
