package dev.culvert.daemon.firewall;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.FirewallEvent;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.ruleset.DnsName;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Names as the machine itself resolves them, {@code /etc/hosts} included. It does not tell how long
 * an answer is good for, so that is the configured interval.
 */
public final class SystemResolver implements NameResolver {
  /** A name is asked for once at a time, however long servers take. */
  private final Set<DnsName> underWay = ConcurrentHashMap.newKeySet();

  @Override
  public void resolve(DnsName name, Consumer<FirewallEvent> answer) {
    if (underWay.add(name)) {
      Thread.ofVirtual()
          .name("resolve")
          .start(() -> {
            FirewallEvent event = ask(name);
            underWay.remove(name);
            answer.accept(event);
          });
    }
  }

  private static FirewallEvent ask(DnsName name) {
    try {
      List<IpAddress> addresses = new ArrayList<>();
      for (InetAddress address : InetAddress.getAllByName(name.name())) {
        IpAddress found = IpAddress.ofBytes(address.getAddress());
        if (isWanted(found.family(), name.family())) {
          addresses.add(found);
        }
      }
      return new FirewallEvent.NameResolved(
          name, AddressSet.ofHosts(addresses), Duration.ofSeconds(name.queryIntervalSeconds()));
    } catch (UnknownHostException | RuntimeException e) {
      return new FirewallEvent.NameFailed(name, "no address of " + name.name() + " is known");
    }
  }

  private static boolean isWanted(AddressFamily found, DnsName.Family wanted) {
    return switch (wanted) {
      case BOTH -> true;
      case IPV4_ONLY -> found == AddressFamily.INET;
      case IPV6_ONLY -> found == AddressFamily.INET6;
    };
  }
}
