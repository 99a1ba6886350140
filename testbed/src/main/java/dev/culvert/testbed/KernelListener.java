package dev.culvert.testbed;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.engine.system.FoundAddress;
import dev.culvert.engine.system.FoundDevice;
import java.util.List;

/** Who hears what happens to a kernel's devices and rules; told at once of everybody's doings. */
interface KernelListener {
  default void deviceChanged(FoundDevice device) {}

  default void deviceGone(int index) {}

  default void addressAdded(FoundAddress address) {}

  default void addressRemoved(int index, InterfaceAddress address) {}

  default void rulesChanged() {}

  /** After any of it: all interfaces. */
  default void interfacesChanged(List<InterfaceState> interfaces) {}
}
