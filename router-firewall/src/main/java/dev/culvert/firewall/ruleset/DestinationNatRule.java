package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.address.AddressRange;
import org.jspecify.annotations.Nullable;

/** One rule of destination NAT. */
public record DestinationNatRule(
    int index, String name, @Nullable String description, NatMatch match, Action action) {
  public sealed interface Action {
    record Off() implements Action {}

    record Pool(DestinationNatPool pool) implements Action {}
  }

  /**
   * Where destinations are led.
   *
   * @param port 1 to 65,535, or 0 to keep it
   */
  public record DestinationNatPool(
      String name, @Nullable String description, AddressRange addresses, int port) {}
}
