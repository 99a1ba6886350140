package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibOperation;

/** A route the kernel refused, with its errno and, where it gave one, its own explanation. */
public record FibFailure(FibOperation operation, int errno, String reason) {}
