package dev.culvert.daemon.firewall;

import dev.culvert.firewall.FirewallEvent;
import dev.culvert.firewall.ruleset.DnsName;
import java.util.function.Consumer;

/** Asks name servers. Safe from any thread; the answer may come on any. */
public interface NameResolver {
  /**
   * @param answer told once, of {@link FirewallEvent.NameResolved} or {@link
   *     FirewallEvent.NameFailed}
   */
  void resolve(DnsName name, Consumer<FirewallEvent> answer);
}
