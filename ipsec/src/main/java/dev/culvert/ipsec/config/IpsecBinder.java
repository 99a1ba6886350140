package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns {@code security ipsec} into records, reporting everything that is wrong. */
final class IpsecBinder {
  private record Policy(List<EspProposal> proposals, @Nullable DhGroup pfsGroup) {}

  private final Diagnostics diagnostics;
  private final Map<String, EspProposal> proposals = new TreeMap<>();
  private final Map<String, Policy> policies = new TreeMap<>();

  /** Names of statements that exist but are wrong: reported once, not again by their users. */
  private final List<String> broken = new ArrayList<>();

  IpsecBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  IpsecSection bind(ConfigNode ipsec) {
    ipsec.children("proposal").forEach(this::proposal);
    ipsec.children("policy").forEach(this::policy);
    List<IpsecSection.BoundVpn> vpns = new ArrayList<>();
    for (ConfigNode node : ipsec.children("vpn")) {
      vpn(node).ifPresent(vpns::add);
    }
    return new IpsecSection(
        vpns,
        ipsec
            .leaf("queues", SecurityIpsecSchema.QUEUES)
            .map(OptionalInt::of)
            .orElseGet(OptionalInt::empty));
  }

  private void proposal(ConfigNode node) {
    String name = node.key(ValueTypes.name());
    Optional<String> encryption = node.leaf("encryption-algorithm", SecurityIpsecSchema.ENCRYPTION);
    boolean hasIntegrity = node.has("authentication-algorithm");
    if (encryption.isEmpty()) {
      diagnostics.missing(node, "encryption-algorithm is missing");
      broken.add("proposal " + name);
      return;
    }
    boolean isCbc = encryption.get().equals("aes-256-cbc");
    if (isCbc && !hasIntegrity) {
      diagnostics.error(node, "aes-256-cbc needs authentication-algorithm hmac-sha-256-128");
    } else if (!isCbc && hasIntegrity) {
      diagnostics.error(
          node.child("authentication-algorithm").orElse(node),
          encryption.get() + " protects integrity itself: remove authentication-algorithm");
    }
    proposals.put(
        name,
        new EspProposal(
            name,
            algorithm(encryption.get()),
            node.leaf("lifetime-seconds", SecurityIkeSchema.LIFETIME_SECONDS)
                .map(Duration::ofSeconds)
                .orElse(EspProposal.DEFAULT_LIFETIME),
            node.leaf("lifetime-kilobytes", SecurityIpsecSchema.LIFETIME_KILOBYTES).orElse(0L),
            node.leaf("lifetime-packets", SecurityIpsecSchema.LIFETIME_PACKETS).orElse(0L),
            node.has("extended-sequence-number")));
  }

  private static EspAlgorithm algorithm(String word) {
    return switch (word) {
      case "aes-128-gcm" -> EspAlgorithm.AES_128_GCM;
      case "aes-256-gcm" -> EspAlgorithm.AES_256_GCM;
      case "chacha20-poly1305" -> EspAlgorithm.CHACHA20_POLY1305;
      default -> EspAlgorithm.AES_256_CBC_HMAC_SHA_256_128;
    };
  }

  private void policy(ConfigNode node) {
    String name = node.key(ValueTypes.name());
    List<String> named = node.leafList("proposals", ValueTypes.name());
    List<EspProposal> chosen = new ArrayList<>();
    boolean complete = true;
    if (named.isEmpty()) {
      diagnostics.missing(node, "proposals is missing");
      complete = false;
    }
    for (String proposal : named) {
      EspProposal one = proposals.get(proposal);
      if (one != null) {
        chosen.add(one);
      } else {
        complete = false;
        if (!broken.contains("proposal " + proposal)) {
          diagnostics.error(
              node.child("proposals").orElse(node),
              "IPsec proposal '" + proposal + "' is not configured");
        }
      }
    }
    Optional<ConfigNode> pfs = node.child("perfect-forward-secrecy");
    Optional<String> group = pfs.flatMap(n -> n.leaf("keys", SecurityIkeSchema.DH_GROUP));
    if (pfs.isPresent() && group.isEmpty()) {
      diagnostics.missing(pfs.get(), "keys is missing");
    }
    if (complete) {
      policies.put(name, new Policy(chosen, group.map(IkeBinder::dhGroup).orElse(null)));
    } else {
      broken.add("policy " + name);
    }
  }

  private Optional<IpsecSection.BoundVpn> vpn(ConfigNode node) {
    String name = node.key(ValueTypes.name());
    Optional<InterfaceName> tunnel = node.leaf("bind-interface", ValueTypes.interfaceName());
    checkBinding(node, tunnel);
    Optional<ConfigNode> ike = node.child("ike");
    if (ike.isEmpty()) {
      diagnostics.missing(node, "ike is missing");
      return Optional.empty();
    }
    Optional<ConfigNode> gateway = ike.get().child("gateway");
    if (gateway.isEmpty()) {
      diagnostics.missing(ike.get(), "gateway is missing");
    }
    Optional<String> policyName = ike.get().leaf("ipsec-policy", ValueTypes.name());
    Policy policy = policyName.map(policies::get).orElse(null);
    if (policyName.isEmpty()) {
      diagnostics.missing(ike.get(), "ipsec-policy is missing");
    } else if (policy == null && !broken.contains("policy " + policyName.get())) {
      diagnostics.error(
          ike.get().child("ipsec-policy").orElse(node),
          "IPsec policy '" + policyName.get() + "' is not configured");
    }
    int window = replayWindow(ike.get(), policy);
    List<ChildSelectors> selectors = new SelectorBinder(diagnostics).bind(node, ike.get());
    if (policy == null || policyName.isEmpty() || gateway.isEmpty() || tunnel.isEmpty()) {
      return Optional.empty();
    }
    VpnConfig config =
        new VpnConfig(
            name,
            tunnel.get(),
            gateway.get().value(ValueTypes.name()),
            policyName.get(),
            policy.proposals(),
            policy.pfsGroup(),
            node.leaf("df-bit", SecurityIpsecSchema.DF_BIT).orElse(VpnConfig.DEFAULT_DF_BIT),
            node.leaf("establish-tunnels", SecurityIpsecSchema.ESTABLISH)
                .orElse(VpnConfig.DEFAULT_ESTABLISH_TUNNELS),
            window,
            selectors);
    return Optional.of(new IpsecSection.BoundVpn(config, gateway.get()));
  }

  private void checkBinding(ConfigNode node, Optional<InterfaceName> tunnel) {
    if (tunnel.isEmpty()) {
      diagnostics.missing(node, "bind-interface is missing");
      return;
    }
    ConfigNode statement = node.child("bind-interface").orElse(node);
    if (!tunnel.get().isSecureTunnel()) {
      diagnostics.error(statement, tunnel.get() + " is not a tunnel interface: use st0.N");
    }
  }

  private int replayWindow(ConfigNode ike, @Nullable Policy policy) {
    Optional<Integer> window =
        ike.leaf("anti-replay-window-size", SecurityIpsecSchema.REPLAY_WINDOW);
    boolean off = ike.has("no-anti-replay");
    if (off && window.isPresent()) {
      diagnostics.error(ike, "no-anti-replay and anti-replay-window-size exclude each other");
    }
    boolean esn =
        policy != null
            && policy.proposals().stream().anyMatch(EspProposal::extendedSequenceNumbers);
    if (off && esn) {
      // RFC 4303 §2.2.1: the receiver's window is what tells the high half of the number.
      diagnostics.error(ike, "extended-sequence-number needs replay protection");
    }
    return off ? 0 : window.orElse(VpnConfig.DEFAULT_REPLAY_WINDOW);
  }
}
