package dev.culvert.tun.netlink;

import dev.culvert.core.fib.KernelRouteChange;

/** What the kernel says has changed. Routes are those of the main table. */
public sealed interface KernelEvent {

  record LinkChanged(KernelLink link) implements KernelEvent {}

  record LinkRemoved(int index, String device) implements KernelEvent {}

  record AddressAdded(KernelAddress address) implements KernelEvent {}

  record AddressRemoved(KernelAddress address) implements KernelEvent {}

  record RouteChanged(KernelRouteChange change) implements KernelEvent {}

  /** Somebody has added or removed a rule that chooses tables. */
  record RulesChanged() implements KernelEvent {}

  /** Notifications were lost: what is known must be read again, routes of ours as well. */
  record Overrun() implements KernelEvent {}
}
