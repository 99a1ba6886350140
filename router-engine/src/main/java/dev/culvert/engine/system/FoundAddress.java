package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceAddress;

/**
 * An address on a device of the kernel, usable or not.
 *
 * @param index the device's
 * @param isOurs it bears this router's mark, of this run or an earlier one
 */
public record FoundAddress(int index, InterfaceAddress address, boolean isOurs) {}
