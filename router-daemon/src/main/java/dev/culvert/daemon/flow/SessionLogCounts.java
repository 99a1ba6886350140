package dev.culvert.daemon.flow;

/**
 * Lines of the session logs since the start.
 *
 * @param heldBack not written, since a second may have so many
 * @param lost messages of the kernel's that came faster than they were read
 */
public record SessionLogCounts(long written, long heldBack, long lost) {}
