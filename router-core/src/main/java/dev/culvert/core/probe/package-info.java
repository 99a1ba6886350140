/** ICMP echo as a question and an answer: how a path is tried out, without any socket. */
@NullMarked
package dev.culvert.core.probe;

import org.jspecify.annotations.NullMarked;
