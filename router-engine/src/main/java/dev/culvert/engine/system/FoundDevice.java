package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;

/**
 * A device of the kernel.
 *
 * @param index the kernel's number for it, which it keeps under another name
 * @param isUp administratively, whatever its carrier
 * @param mtu in octets
 */
public record FoundDevice(int index, InterfaceName name, boolean isUp, int mtu) {}
