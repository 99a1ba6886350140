@NullMarked
package dev.culvert.core.engine;

import org.jspecify.annotations.NullMarked;
