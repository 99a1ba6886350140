package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that sources are given.
 *
 * @param addresses of one family, at least one
 * @param ports that sources are given; null where ports are not translated
 * @param hostAddressBase the first address of what is translated: each source has a fixed address
 *     at the same distance from the pool's first; null otherwise
 * @param addressPersistent a source keeps its address from session to session
 * @param overflow what is used when the pool is used up, or null
 */
public record SourceNatPool(
    String name,
    @Nullable String description,
    List<AddressRange> addresses,
    @Nullable PortRange ports,
    @Nullable AddressRange hostAddressBase,
    boolean addressPersistent,
    @Nullable Overflow overflow) {
  /** As on Junos. */
  public static final PortRange DEFAULT_PORTS = new PortRange(1024, 63_487);

  public sealed interface Overflow {
    record Interface() implements Overflow {}

    record Pool(SourceNatPool pool) implements Overflow {}
  }

  public SourceNatPool {
    addresses = List.copyOf(addresses);
  }
}
