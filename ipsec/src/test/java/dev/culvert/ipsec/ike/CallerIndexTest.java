package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.sa.CallerIndex;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The index and a look at every tunnel find the same. */
class CallerIndexTest {
  private static final List<DhGroup> GROUPS =
      List.of(DhGroup.GROUP14, DhGroup.GROUP19, DhGroup.GROUP20, DhGroup.GROUP31);

  private static final List<IkeIdentity> PEERS =
      List.of(
          new IkeIdentity.Hostname("one.example"),
          new IkeIdentity.Hostname("two.example"),
          new IkeIdentity.Inet(address(1)));

  @Test
  void candidatesAreThoseThatALookAtEveryTunnelFinds() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<Vpn> vpns = new ArrayList<>();
      CallerIndex index = new CallerIndex(() -> vpns);
      for (int change = 0; change < 5; change++) {
        if (change > 0 && random.nextBoolean()) {
          vpns.remove(random.nextInt(vpns.size()));
        }
        for (int i = random.nextInt(1, 5); i > 0; i--) {
          vpns.add(tunnel(vpns.size(), random));
        }
        vpns.get(random.nextInt(vpns.size())).localAddress = address(random, 2);
        index.changed();
        for (int i = 0; i < 10; i++) {
          assertSame(index, vpns, address(random, 2), address(random, 4), seed);
        }
      }
    }
  }

  private static void assertSame(
      CallerIndex index, List<Vpn> vpns, IpAddress local, IpAddress remote, int seed) {
    CallerIndex.Candidates found = index.candidates(local, remote);
    List<Vpn> byAddress =
        vpns.stream()
            .filter(t -> local.equals(t.localAddress) && remote.equals(t.gateway.address()))
            .toList();
    List<Vpn> expected =
        Stream.concat(
                byAddress.stream(),
                vpns.stream().filter(t -> local.equals(t.localAddress) && t.gateway.isDynamic()))
            .toList();
    for (IkeIdentity peer : PEERS) {
      for (int of = 1; of <= 3; of++) {
        int kind = of;
        assertThat(found.first(peer, vpn -> vpn.id % kind == 0))
            .as("%s, seed %d", peer, seed)
            .isEqualTo(
                expected.stream()
                    .filter(vpn -> expects(vpn, peer) && vpn.id % kind == 0)
                    .findFirst());
      }
    }
    assertThat(found.isEmpty()).isEqualTo(expected.isEmpty());
    assertThat(found.named()).isEqualTo(byAddress.isEmpty() ? null : byAddress.getFirst());
    assertThat(found.natTraversal())
        .isEqualTo(expected.stream().anyMatch(t -> t.gateway.natTraversal()));
    assertThat(found.forceUdpEncapsulation())
        .isEqualTo(expected.stream().anyMatch(t -> t.gateway.forceUdpEncapsulation()));
    List<DhGroup> groups =
        expected.stream()
            .flatMap(t -> t.gateway.proposals().stream())
            .map(IkeProposal::dhGroup)
            .distinct()
            .toList();
    assertThat(found.proposals().stream().map(IkeProposal::dhGroup).distinct())
        .as("in the order of preference, seed %d", seed)
        .containsExactlyElementsOf(groups);
  }

  private static boolean expects(Vpn vpn, IkeIdentity peer) {
    return vpn.expectedIdentity() == null || peer.equals(vpn.expectedIdentity());
  }

  /** However many may call from anywhere, the peer's name leads to its own at once. */
  @Test
  void amongManyOfUnknownAddressThoseOfThePeersNameAloneAreLookedAt() {
    List<Vpn> vpns = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Configs configs = Configs.towards(null);
      configs.remote = new IkeIdentity.Hostname("peer" + i);
      Vpn vpn = tunnel(configs, i, "proposal", DhGroup.GROUP31);
      vpn.localAddress = address(1);
      vpns.add(vpn);
    }
    CallerIndex index = new CallerIndex(() -> vpns);
    List<Vpn> lookedAt = new ArrayList<>();

    assertThat(
            index
                .candidates(address(1), address(2))
                .first(new IkeIdentity.Hostname("peer450"), lookedAt::add))
        .hasValue(vpns.get(450));
    assertThat(lookedAt).containsExactly(vpns.get(450));
  }

  @Test
  void aProposalThatManyGatewaysHaveIsLookedAtOnce() {
    List<Vpn> vpns = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Vpn vpn = tunnel(Configs.towards(null), i, "by the name of " + i, DhGroup.GROUP31);
      vpn.localAddress = address(1);
      vpns.add(vpn);
    }
    CallerIndex index = new CallerIndex(() -> vpns);

    assertThat(index.candidates(address(1), address(2)).proposals()).hasSize(1);
  }

  private static Vpn tunnel(int id, Random random) {
    Configs configs =
        Configs.towards(random.nextInt(3) == 0 ? null : address(random, 4).toString());
    configs.traversal = random.nextBoolean();
    configs.force = configs.traversal && random.nextBoolean();
    configs.remote = random.nextBoolean() ? null : PEERS.get(random.nextInt(PEERS.size()));
    DhGroup group = GROUPS.get(random.nextInt(GROUPS.size()));
    Vpn vpn = tunnel(configs, id, "proposal" + id, group);
    vpn.localAddress = random.nextInt(4) == 0 ? null : address(random, 2);
    return vpn;
  }

  private static Vpn tunnel(Configs configs, int id, String proposal, DhGroup group) {
    configs.ike =
        List.of(
            new IkeProposal(
                proposal,
                IkeCipher.AES_256_GCM,
                List.of(Prf.HMAC_SHA2_256),
                group,
                Duration.ofHours(id + 1)));
    IpsecConfig config = configs.build();
    return new Vpn(
        (vpn, selectors) -> id, config.gateways().getFirst(), config.vpns(), 1, Wire.START);
  }

  private static IpAddress address(Random random, int of) {
    return address(random.nextInt(of));
  }

  private static IpAddress address(int last) {
    return Ipv4Address.of("192.0.2." + last);
  }
}
