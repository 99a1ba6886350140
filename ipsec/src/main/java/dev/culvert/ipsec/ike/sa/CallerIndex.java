package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.DynamicPeers;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which VPNs somebody may be of who calls: found by the two addresses, and then by who it says it
 * is, without a look at the others. What an answer to IKE_SA_INIT needs of them is put together
 * beforehand.
 */
public final class CallerIndex {
  /** Two addresses, the second of which is the peer's. */
  private record Path(IpAddress local, IpAddress remote) implements Comparable<Path> {
    @Override
    public int compareTo(Path other) {
      int byLocal = local.compareTo(other.local);
      return byLocal != 0 ? byLocal : remote.compareTo(other.remote);
    }
  }

  /** What a proposal offers, whatever its name and lifetime. */
  private record Transforms(IkeCipher cipher, List<Prf> prfs, DhGroup group) {
    static Transforms of(IkeProposal proposal) {
      return new Transforms(proposal.cipher(), proposal.prfs(), proposal.dhGroup());
    }
  }

  /** VPNs between which a call cannot tell. */
  private static final class Group {
    static final Group EMPTY = new Group();

    final List<Vpn> vpns = new ArrayList<>();

    /** Their places in that list, by who the peer has to be. Looked up only. */
    private final Map<IkeIdentity, List<Integer>> expecting = new HashMap<>();

    /** Likewise by the domain that the peer's name has to be of. */
    private final Map<IkeIdentity, List<Integer>> ofDomain = new HashMap<>();

    /** The places of those where the peer may be anyone. */
    private final List<Integer> ofAnyone = new ArrayList<>();

    /** One of each kind; there are never many kinds. */
    final List<IkeProposal> proposals = new ArrayList<>();

    private final Set<Transforms> kinds = new LinkedHashSet<>();
    boolean natTraversal;
    boolean forceUdpEncapsulation;

    /**
     * @param remote where it calls from; null: from anywhere
     */
    void add(Vpn vpn, @Nullable IpAddress remote) {
      alike(vpn, remote).add(vpns.size());
      vpns.add(vpn);
      for (IkeProposal proposal : vpn.gateway.proposals()) {
        if (kinds.add(Transforms.of(proposal))) {
          proposals.add(proposal);
        }
      }
      natTraversal |= vpn.gateway.natTraversal();
      forceUdpEncapsulation |= vpn.gateway.forceUdpEncapsulation();
    }

    private List<Integer> alike(Vpn vpn, @Nullable IpAddress remote) {
      IkeIdentity expected = vpn.expectedIdentity(remote);
      if (expected == null) {
        return ofAnyone;
      }
      boolean isOfDomain =
          vpn.isGroup() && vpn.gateway.dynamicPeers().who() == DynamicPeers.Who.GROUP;
      return isOfDomain
          ? ofDomain.computeIfAbsent(DynamicPeers.group(expected), key -> new ArrayList<>())
          : expecting.computeIfAbsent(expected, identity -> new ArrayList<>());
    }

    /** Looks at those alone that expect the peer, or its domain, or anyone. */
    Optional<Vpn> first(IkeIdentity peer, Predicate<Vpn> kind) {
      return named(peer, kind).or(() -> ofItsDomains(peer, kind));
    }

    /** The innermost domain comes first. */
    private Optional<Vpn> ofItsDomains(IkeIdentity peer, Predicate<Vpn> kind) {
      if (ofDomain.isEmpty()) {
        return Optional.empty();
      }
      for (IkeIdentity group : DynamicPeers.groupsOf(peer)) {
        Optional<Integer> found = first(ofDomain.getOrDefault(group, List.of()), kind);
        if (found.isPresent()) {
          return found.map(vpns::get);
        }
      }
      return Optional.empty();
    }

    private Optional<Vpn> named(IkeIdentity peer, Predicate<Vpn> kind) {
      Optional<Integer> named = first(expecting.getOrDefault(peer, List.of()), kind);
      Optional<Integer> open = first(ofAnyone, kind);
      return Stream.concat(named.stream(), open.stream())
          .min(Comparator.naturalOrder())
          .map(vpns::get);
    }

    private Optional<Integer> first(List<Integer> places, Predicate<Vpn> kind) {
      return places.stream().filter(place -> kind.test(vpns.get(place))).findFirst();
    }
  }

  /** The VPNs that a caller may be of: those with its address first, then those of any. */
  public record Candidates(Group byAddress, Group dynamic) {
    public boolean isEmpty() {
      return byAddress.vpns.isEmpty() && dynamic.vpns.isEmpty();
    }

    /** The first of that kind that a peer may be of which says that it is so and so. */
    public Optional<Vpn> first(IkeIdentity peer, Predicate<Vpn> kind) {
      return byAddress.first(peer, kind).or(() -> dynamic.first(peer, kind));
    }

    /** The one that its address alone points at; null where there is none. */
    public @Nullable Vpn named() {
      return byAddress.vpns.isEmpty() ? null : byAddress.vpns.getFirst();
    }

    /** What any of them allows, each kind at least once. */
    public List<IkeProposal> proposals() {
      return joined(byAddress.proposals, dynamic.proposals);
    }

    public boolean natTraversal() {
      return byAddress.natTraversal || dynamic.natTraversal;
    }

    public boolean forceUdpEncapsulation() {
      return byAddress.forceUdpEncapsulation || dynamic.forceUdpEncapsulation;
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
      List<T> all = new ArrayList<>(first);
      all.addAll(second);
      return all;
    }
  }

  private final Supplier<Collection<Vpn>> vpns;
  private final Map<Path, Group> byAddress = new TreeMap<>();
  private final Map<IpAddress, Group> dynamic = new TreeMap<>();
  private boolean isCurrent;

  public CallerIndex(Supplier<Collection<Vpn>> vpns) {
    this.vpns = vpns;
  }

  /** Tunnels, or their addresses, are others from here on. */
  public void changed() {
    isCurrent = false;
  }

  public Candidates candidates(IpAddress local, IpAddress remote) {
    if (!isCurrent) {
      build();
    }
    return new Candidates(
        byAddress.getOrDefault(new Path(local, remote), Group.EMPTY),
        dynamic.getOrDefault(local, Group.EMPTY));
  }

  /** Once after each change, not once for each caller. */
  private void build() {
    byAddress.clear();
    dynamic.clear();
    for (Vpn vpn : vpns.get()) {
      IpAddress local = vpn.localAddress;
      Shortcut shortcut = vpn.shortcut;
      if (local != null && shortcut != null && shortcut.open) {
        // A NAT may have it call from elsewhere; its name is nobody else's.
        dynamic.computeIfAbsent(local, key -> new Group()).add(vpn, null);
      }
      // Who has come before is found by what stands for all.
      if (local == null || vpn.group != null) {
        continue;
      }
      Set<IpAddress> known = vpn.addresses.known();
      for (IpAddress remote : known) {
        byAddress.computeIfAbsent(new Path(local, remote), key -> new Group()).add(vpn, remote);
      }
      // A name that has not been looked up yet may stand for any address, if the peer has another.
      boolean isNameOnly = known.isEmpty() && vpn.gateway.remoteIdentity() != null;
      if (vpn.gateway.isDynamic() || isNameOnly) {
        dynamic.computeIfAbsent(local, key -> new Group()).add(vpn, null);
      }
    }
    isCurrent = true;
  }
}
