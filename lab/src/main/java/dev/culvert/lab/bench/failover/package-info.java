/** What is lost when a primary tunnel gives way to its backup, by what makes it do so. */
@NullMarked
package dev.culvert.lab.bench.failover;

import org.jspecify.annotations.NullMarked;
