package dev.culvert.ipsec.config;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.sa.ChildSa.DfBit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code security ipsec vpn NAME} with the policy and proposals it refers to.
 *
 * @param gateway name of its gateway; those that share one share its IKE SA
 * @param policyName of the IPsec policy, for {@code show}
 * @param pfsGroup null: child SAs are rekeyed without a key exchange of their own
 * @param dfBit of the outer IPv4 header: clear, set, or the inner packet's
 * @param replayWindow in packets; 0 for {@code no-anti-replay}
 * @param selectors what its child SA pairs may carry, a pair (or one a queue) each; those of
 *     everything alone where the configuration names none
 */
public record VpnConfig(
    String name,
    InterfaceName bindInterface,
    String gateway,
    String policyName,
    List<EspProposal> proposals,
    @Nullable DhGroup pfsGroup,
    DfBit dfBit,
    EstablishTunnels establishTunnels,
    int replayWindow,
    List<ChildSelectors> selectors) {
  /** As on Junos. */
  public static final int MOST_SELECTORS = 200;

  public static final DfBit DEFAULT_DF_BIT = DfBit.CLEAR;
  public static final EstablishTunnels DEFAULT_ESTABLISH_TUNNELS = EstablishTunnels.ON_TRAFFIC;

  /** Wide enough for the reordering of several queues. */
  public static final int DEFAULT_REPLAY_WINDOW = 1024;

  public VpnConfig {
    proposals = List.copyOf(proposals);
    selectors = selectors.isEmpty() ? List.of(ChildSelectors.ANYTHING) : List.copyOf(selectors);
  }

  /** A VPN where routes alone decide what enters the tunnel. */
  public VpnConfig(
      String name,
      InterfaceName bindInterface,
      String gateway,
      String policyName,
      List<EspProposal> proposals,
      @Nullable DhGroup pfsGroup,
      DfBit dfBit,
      EstablishTunnels establishTunnels,
      int replayWindow) {
    this(
        name,
        bindInterface,
        gateway,
        policyName,
        proposals,
        pfsGroup,
        dfBit,
        establishTunnels,
        replayWindow,
        List.of());
  }
}
