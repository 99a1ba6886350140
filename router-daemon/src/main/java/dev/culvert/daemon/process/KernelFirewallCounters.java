package dev.culvert.daemon.process;

import dev.culvert.firewall.nft.NftNames;
import dev.culvert.tun.nftables.NftTable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the kernel has counted of the firewall, each question by a socket of its own. */
final class KernelFirewallCounters {
  private KernelFirewallCounters() {}

  /** Packets by the name of the counter; none where no ruleset is in force. */
  static Map<String, Long> packets() throws IOException {
    Map<String, Long> packets = new LinkedHashMap<>();
    try (NftTable table = NftTable.open(NftNames.TABLE)) {
      table.counters().forEach((name, counter) -> packets.put(name, counter.packets()));
    }
    return packets;
  }
}
