package dev.culvert.firewall.ruleset;

import org.jspecify.annotations.Nullable;

/** One rule of source NAT. */
public record SourceNatRule(
    int index, String name, @Nullable String description, NatMatch match, Action action) {
  public sealed interface Action {
    record Off() implements Action {}

    /** The address of the interface by which the packet leaves. */
    record Interface() implements Action {}

    record Pool(SourceNatPool pool) implements Action {}
  }
}
