/**
 * The language of the control socket: requests, streamed answers and the element trees they carry.
 * Pure values and codecs, shared by the client and the daemon.
 */
@NullMarked
package dev.culvert.cli.protocol;

import org.jspecify.annotations.NullMarked;
