package dev.culvert.daemon.firewall;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.daemon.thread.Closing;
import dev.culvert.firewall.nft.ConntrackSettings;
import dev.culvert.firewall.nft.Existing;
import dev.culvert.firewall.nft.InactivityTimeouts;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.ProxyAddresses;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.conntrack.ConntrackSysctl;
import dev.culvert.tun.netlink.ProxyNeighbor;
import dev.culvert.tun.netlink.ProxyNeighbors;
import dev.culvert.tun.nftables.NftContents;
import dev.culvert.tun.nftables.NftCounter;
import dev.culvert.tun.nftables.NftResult;
import dev.culvert.tun.nftables.NftTable;
import dev.culvert.tun.nftables.Nftables;
import dev.culvert.tun.nftables.NftablesPort;
import dev.culvert.tun.nftables.TableChange;
import dev.culvert.tun.nftables.TableMonitor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Nftables and connection tracking of this network namespace. Confined to the firewall thread. */
final class KernelFirewall implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelFirewall.class);

  private final NftTable table;
  private final TableMonitor monitor;
  private final KernelSessions sessions;
  private final KernelGateways gateways = new KernelGateways();
  private final ConntrackSysctl switches = new ConntrackSysctl();
  private final ProxyNeighbors neighbors;

  /** Addresses that the router is to answer for on behalf of NAT. */
  private SortedSet<ProxyNeighbor> answered = new TreeSet<>();

  /** The first time what an earlier process has left is taken away. */
  private boolean hasAnswered;

  /** Interfaces that addresses are to be answered for on, and that are not there. */
  private List<InterfaceName> awaited = List.of();

  /** Somebody has been at our table, or may have: nothing of it is kept. */
  private boolean disturbed;

  private @Nullable NftablesPort nftables;

  private KernelFirewall(
      NftTable table, TableMonitor monitor, KernelSessions sessions, ProxyNeighbors neighbors) {
    this.table = table;
    this.monitor = monitor;
    this.sessions = sessions;
    this.neighbors = neighbors;
  }

  /**
   * @throws IOException if the kernel refuses a socket
   */
  static KernelFirewall open() throws IOException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      NftTable table = NftTable.open(NftNames.TABLE);
      opened.add(table);
      TableMonitor monitor = TableMonitor.open(NftNames.TABLE);
      opened.add(monitor);
      KernelSessions sessions = KernelSessions.open();
      opened.add(sessions);
      return new KernelFirewall(table, monitor, sessions, ProxyNeighbors.open());
    } catch (IOException e) {
      Closing.inOrder(opened.toArray(AutoCloseable[]::new));
      throw e;
    }
  }

  /** Readable when somebody has changed tables. */
  Pollable monitor() {
    return monitor;
  }

  /** Who has changed our table since the last call, or whether somebody may have. */
  Optional<TableChange> changes() {
    try {
      Optional<TableChange> change = monitor.drain();
      disturbed |= change.isPresent();
      return change;
    } catch (IOException e) {
      LOG.error("FIREWALL_MONITOR_FAILED reason={}", e.getMessage());
      disturbed = true;
      return Optional.of(new TableChange(TableChange.Kind.PERHAPS_CHANGED, "", 0));
    }
  }

  /** What this kernel lacks of what is wanted, and which an operator can mend. */
  SortedMap<String, String> problems() {
    return gateways.problems();
  }

  /** What became of a ruleset. */
  sealed interface Outcome {
    record InForce() implements Outcome {}

    /** Nothing has changed. */
    record Refused(String reason) implements Outcome {}

    /** It is in force, or what was before is. */
    record Unknown(String reason) implements Outcome {}
  }

  /**
   * Puts the ruleset in the place of what there is, as one transaction. Counters and what screens
   * remember go on.
   */
  Outcome apply(Ruleset ruleset) {
    NftablesPort port;
    Ruleset possible;
    String document;
    boolean keeps;
    try {
      boolean exists = table.exists();
      if (ruleset.isEmpty() && !exists) {
        settle(ruleset);
        return new Outcome.InForce();
      }
      port = port();
      if (port == null) {
        return new Outcome.Refused(Nftables.MISSING);
      }
      keeps = exists && !disturbed;
      possible = gateways.possible(ruleset, port);
      document = keeps ? NftRenderer.renderOver(possible, existing()) : whole(possible, exists);
    } catch (IOException e) {
      return new Outcome.Refused(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("FIREWALL_FAULT", e);
      return new Outcome.Refused("it could not be made: " + e);
    }
    try {
      NftResult result = monitor.during(() -> port.apply(document));
      if (keeps && result instanceof NftResult.Refused(String reason)) {
        // What another release of ours has left may be of another kind by the same name.
        LOG.info("FIREWALL_TABLE_MADE_ANEW reason={}", reason);
        String anew = whole(possible, true);
        result = monitor.during(() -> port.apply(anew));
      }
      if (result instanceof NftResult.Done) {
        disturbed = false;
        timeOut(port, ruleset);
        settle(ruleset);
      }
      return outcome(result);
    } catch (IOException e) {
      return new Outcome.Unknown(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("FIREWALL_FAULT", e);
      return new Outcome.Unknown(String.valueOf(e));
    }
  }

  /** Puts what name servers say into the sets of the ruleset that is in force. */
  Outcome applyNames(Ruleset ruleset) {
    try {
      NftablesPort port = port();
      if (port == null) {
        return new Outcome.Refused(Nftables.MISSING);
      }
      String document = NftRenderer.renderNames(ruleset, table.contents().sets());
      return outcome(monitor.during(() -> port.apply(document)));
    } catch (IOException e) {
      return new Outcome.Unknown(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("FIREWALL_FAULT", e);
      return new Outcome.Unknown(String.valueOf(e));
    }
  }

  private static Outcome outcome(NftResult result) {
    return switch (result) {
      case NftResult.Done done -> new Outcome.InForce();
      case NftResult.Refused(String reason) -> new Outcome.Refused(reason);
      case NftResult.Unavailable(String reason) -> new Outcome.Unknown(reason);
    };
  }

  /** Without anything of what is there but what counters stand at. */
  private String whole(Ruleset ruleset, boolean exists) throws IOException {
    return NftRenderer.render(ruleset, NftRenderer.Lookup.TREE, exists ? counts() : Map.of());
  }

  private Existing existing() throws IOException {
    NftContents contents = table.contents();
    return new Existing(
        contents.chains(), contents.sets(), contents.counters(), contents.helpers());
  }

  /** How long sessions may be idle, in a table of its own. */
  private void timeOut(NftablesPort port, Ruleset ruleset) throws IOException {
    String commands = InactivityTimeouts.render(ruleset);
    switch (monitor.during(() -> port.applyCommands(commands))) {
      case NftResult.Done done -> {}
      case NftResult.Refused(String reason) -> timeoutsNotSet(reason);
      case NftResult.Unavailable(String reason) -> timeoutsNotSet(reason);
    }
  }

  /** The ruleset is in force all the same, with connection tracking's own timeouts. */
  private static void timeoutsNotSet(String reason) {
    LOG.warn("FIREWALL_TIMEOUTS_NOT_SET reason={}", reason);
  }

  /** What goes with a ruleset that is in force. */
  private void settle(Ruleset ruleset) {
    track(ruleset);
    answer(ruleset.nat());
  }

  private @Nullable NftablesPort port() {
    if (nftables == null) {
      nftables = Nftables.open().orElse(null);
      if (nftables != null) {
        LOG.info("FIREWALL_NFTABLES by={}", nftables.description());
      }
    }
    return nftables;
  }

  private Map<String, NftRenderer.Count> counts() throws IOException {
    Map<String, NftRenderer.Count> counts = new LinkedHashMap<>();
    for (NftCounter counter : table.counters().values()) {
      counts.put(counter.name(), new NftRenderer.Count(counter.packets(), counter.bytes()));
    }
    return counts;
  }

  /** What the kernel's connection tracking is to do; without it nothing of ours works anyway. */
  private void track(Ruleset ruleset) {
    try {
      if (ruleset.isEmpty()) {
        switches.restore();
      } else {
        SortedMap<String, Integer> wanted =
            new TreeMap<>(ConntrackSettings.of(ruleset.flow()).values());
        // Sessions tell of their beginning and end also where nobody listened when they began.
        wanted.put("nf_conntrack_events", 1);
        List<String> missing = switches.apply(wanted);
        if (!missing.isEmpty()) {
          LOG.warn("FIREWALL_TRACKING_LACKS switches={}", missing);
        }
      }
    } catch (IOException e) {
      LOG.error("FIREWALL_TRACKING_NOT_SET reason={}", e.getMessage());
    }
  }

  private void answer(NatTable nat) {
    SortedSet<ProxyNeighbor> wanted = new TreeSet<>();
    for (ProxyAddresses proxied : nat.proxies()) {
      proxied.addresses().forEach(address -> wanted.add(new ProxyNeighbor(proxied.on(), address)));
    }
    boolean isNone = wanted.isEmpty() && answered.isEmpty() && hasAnswered;
    answered = wanted;
    hasAnswered = true;
    if (!isNone) {
      answerAgain();
    }
  }

  /** Interfaces have changed: some that addresses are to be answered for on may have come. */
  void interfacesChanged() {
    if (!awaited.isEmpty()) {
      answerAgain();
    }
  }

  private void answerAgain() {
    try {
      List<InterfaceName> missing = neighbors.apply(answered);
      if (!missing.isEmpty() && !missing.equals(awaited)) {
        LOG.warn("FIREWALL_PROXY_WAITS interfaces={}", missing);
      }
      awaited = missing;
    } catch (IOException e) {
      LOG.error("FIREWALL_PROXY_FAILED reason={}", e.getMessage());
    }
  }

  /** Does with each session what the review says of it. */
  void review(SessionReview review) {
    sessions.review(review);
  }

  @Override
  public void close() {
    if (nftables != null) {
      nftables.close();
    }
    neighbors.close();
    sessions.close();
    monitor.close();
    table.close();
  }
}
