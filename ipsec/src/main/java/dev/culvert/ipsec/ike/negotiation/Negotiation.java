package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What we offer, and what we take of a peer's offer (RFC 7296 §2.7, §2.9, §3.3). Pure. */
public final class Negotiation {
  private static final int ENCR_AES_CBC = 12;
  private static final int ENCR_AES_GCM_16 = 20;
  private static final int ENCR_CHACHA20_POLY1305 = 28;
  private static final int AUTH_HMAC_SHA2_256_128 = 12;
  private static final int NONE = 0;

  private Negotiation() {}

  /** An IKE proposal of ours that the peer's offer meets. */
  public record ChosenIke(IkeProposal ours, IkeSuite suite, Proposal answer, Octets peerSpi) {}

  /** An ESP proposal of ours that the peer's offer meets; group null: no key exchange. */
  public record ChosenEsp(
      EspProposal ours,
      boolean extendedSequenceNumbers,
      @Nullable DhGroup group,
      Proposal answer,
      Spi peerSpi) {}

  /**
   * Our IKE proposals on the wire.
   *
   * @param spi empty in IKE_SA_INIT, our new SPI in a rekey
   */
  public static List<Proposal> ikeOffer(List<IkeProposal> ours, Octets spi) {
    List<Proposal> offer = new ArrayList<>();
    for (IkeProposal proposal : ours) {
      List<Transform> transforms = new ArrayList<>();
      transforms.add(encryption(proposal));
      proposal.prfs().forEach(p -> transforms.add(new Transform(Transform.PRF, p.wireValue(), 0)));
      integrity(proposal).ifPresent(transforms::add);
      transforms.add(new Transform(Transform.DH, proposal.dhGroup().wireValue(), 0));
      offer.add(new Proposal(offer.size() + 1, Proposal.PROTOCOL_IKE, spi, transforms));
    }
    return offer;
  }

  /**
   * As the responder: the first proposal of ours that the offer meets, those with the group of the
   * peer's KE payload before others, as they spare it another try (RFC 7296 §1.3).
   */
  public static Optional<ChosenIke> answerIke(
      List<IkeProposal> ours, List<Proposal> offer, int keGroup, Octets spi) {
    List<IkeProposal> byGroup =
        ours.stream().filter(p -> p.dhGroup().wireValue() == keGroup).toList();
    return chooseIke(byGroup, offer, spi).or(() -> chooseIke(ours, offer, spi));
  }

  /**
   * The first proposal of ours that the offer meets, or empty.
   *
   * @param spi ours, for the answer
   */
  public static Optional<ChosenIke> chooseIke(
      List<IkeProposal> ours, List<Proposal> offer, Octets spi) {
    for (IkeProposal proposal : ours) {
      for (Proposal offered : offer) {
        Optional<ChosenIke> chosen = matchIke(proposal, offered, spi);
        if (chosen.isPresent()) {
          return chosen;
        }
      }
    }
    return Optional.empty();
  }

  /** The group that an INVALID_KE_PAYLOAD asks for, if we allow it. */
  public static Optional<DhGroup> wantedGroup(Payload.Notify invalidKe, List<IkeProposal> ours) {
    return wantedGroup(invalidKe)
        .filter(wanted -> ours.stream().anyMatch(p -> p.dhGroup() == wanted));
  }

  /** The same, if we speak it at all. */
  public static Optional<DhGroup> wantedGroup(Payload.Notify invalidKe) {
    int wanted = invalidKe.data().length() == 2 ? invalidKe.data().reader().u16("group") : 0;
    return DhGroup.ofWireValue(wanted);
  }

  private static Optional<ChosenIke> matchIke(IkeProposal ours, Proposal offered, Octets spi) {
    Transform encryption = encryption(ours);
    Optional<Transform> integrity = integrity(ours);
    Transform group = new Transform(Transform.DH, ours.dhGroup().wireValue(), 0);
    Optional<Prf> prf =
        ours.prfs().stream().filter(p -> offered.transforms().contains(prf(p))).findFirst();
    boolean meets =
        offered.protocol() == Proposal.PROTOCOL_IKE
            && offered.transforms().contains(encryption)
            && offered.transforms().contains(group)
            && meetsIntegrity(offered, integrity)
            && hasOnlyTypes(offered, Transform.ENCR, Transform.PRF, Transform.INTEG, Transform.DH);
    if (!meets || prf.isEmpty()) {
      return Optional.empty();
    }
    List<Transform> answer = new ArrayList<>(List.of(encryption, prf(prf.get())));
    integrity.ifPresent(answer::add);
    answer.add(group);
    return Optional.of(
        new ChosenIke(
            ours,
            new IkeSuite(ours.cipher(), prf.get(), ours.dhGroup()),
            new Proposal(offered.number(), Proposal.PROTOCOL_IKE, spi, answer),
            offered.spi()));
  }

  /** An AEAD goes with no integrity transform or with NONE (RFC 7296 §3.3.3). */
  private static boolean meetsIntegrity(Proposal offered, Optional<Transform> integrity) {
    List<Transform> theirs = offered.ofType(Transform.INTEG);
    return integrity.isPresent()
        ? theirs.contains(integrity.get())
        : theirs.isEmpty() || theirs.contains(new Transform(Transform.INTEG, NONE, 0));
  }

  /** A proposal with a transform type we do not know must not be accepted (§3.3.6). */
  private static boolean hasOnlyTypes(Proposal offered, int... known) {
    return offered.transforms().stream()
        .allMatch(t -> java.util.Arrays.stream(known).anyMatch(k -> k == t.type()));
  }

  private static Transform encryption(IkeProposal proposal) {
    return new Transform(
        Transform.ENCR, proposal.cipher().encryptionWireValue(), proposal.cipher().keyBits());
  }

  private static Transform prf(Prf prf) {
    return new Transform(Transform.PRF, prf.wireValue(), 0);
  }

  private static Optional<Transform> integrity(IkeProposal proposal) {
    return proposal.cipher().isAead()
        ? Optional.empty()
        : Optional.of(new Transform(Transform.INTEG, proposal.cipher().integrityWireValue(), 0));
  }

  /** Our ESP proposals on the wire; {@code group} null: without a key exchange. */
  public static List<Proposal> espOffer(List<EspProposal> ours, Spi spi, @Nullable DhGroup group) {
    List<Proposal> offer = new ArrayList<>();
    for (EspProposal proposal : ours) {
      List<Transform> transforms = new ArrayList<>();
      transforms.add(encryption(proposal.algorithm()));
      integrity(proposal.algorithm()).ifPresent(transforms::add);
      if (group != null) {
        transforms.add(new Transform(Transform.DH, group.wireValue(), 0));
      }
      if (proposal.extendedSequenceNumbers()) {
        transforms.add(new Transform(Transform.ESN, 1, 0));
      }
      transforms.add(new Transform(Transform.ESN, 0, 0));
      offer.add(new Proposal(offer.size() + 1, Proposal.PROTOCOL_ESP, spiOctets(spi), transforms));
    }
    return offer;
  }

  /**
   * The first proposal of ours that the offer meets, or empty.
   *
   * @param withKeyExchange false in IKE_AUTH, where groups are not looked at (RFC 7296 §1.2)
   * @param pfsGroup configured; null takes any group we speak, and none too
   */
  public static Optional<ChosenEsp> chooseEsp(
      List<EspProposal> ours,
      List<Proposal> offer,
      Spi spi,
      boolean withKeyExchange,
      @Nullable DhGroup pfsGroup) {
    for (EspProposal proposal : ours) {
      for (Proposal offered : offer) {
        Optional<ChosenEsp> chosen = matchEsp(proposal, offered, spi, withKeyExchange, pfsGroup);
        if (chosen.isPresent()) {
          return chosen;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<ChosenEsp> matchEsp(
      EspProposal ours,
      Proposal offered,
      Spi spi,
      boolean withKeyExchange,
      @Nullable DhGroup pfsGroup) {
    Transform encryption = encryption(ours.algorithm());
    Optional<Transform> integrity = integrity(ours.algorithm());
    boolean offersEsn = offered.transforms().contains(new Transform(Transform.ESN, 1, 0));
    // A proposal without an ESN transform is an old peer's; it means 32-bit numbers.
    boolean offersNoEsn = offered.transforms().contains(new Transform(Transform.ESN, 0, 0));
    boolean esn = ours.extendedSequenceNumbers() && offersEsn;
    boolean meets =
        offered.protocol() == Proposal.PROTOCOL_ESP
            && offered.spi().length() == 4
            && offered.transforms().contains(encryption)
            && meetsIntegrity(offered, integrity)
            && (esn || offersNoEsn || offered.ofType(Transform.ESN).isEmpty())
            && hasOnlyTypes(offered, Transform.ENCR, Transform.INTEG, Transform.DH, Transform.ESN);
    List<Transform> groups = withKeyExchange ? offered.ofType(Transform.DH) : List.of();
    if (!meets || !meetsGroup(groups, withKeyExchange, pfsGroup)) {
      return Optional.empty();
    }
    DhGroup group = withKeyExchange ? chooseGroup(groups, pfsGroup) : null;
    List<Transform> answer = new ArrayList<>(List.of(encryption));
    integrity.ifPresent(answer::add);
    if (group != null) {
      answer.add(new Transform(Transform.DH, group.wireValue(), 0));
    }
    answer.add(new Transform(Transform.ESN, esn ? 1 : 0, 0));
    return Optional.of(
        new ChosenEsp(
            ours,
            esn,
            group,
            new Proposal(offered.number(), Proposal.PROTOCOL_ESP, spiOctets(spi), answer),
            spi(offered.spi())));
  }

  private static boolean meetsGroup(
      List<Transform> groups, boolean withKeyExchange, @Nullable DhGroup pfsGroup) {
    if (!withKeyExchange) {
      return true;
    }
    if (pfsGroup != null) {
      return groups.contains(new Transform(Transform.DH, pfsGroup.wireValue(), 0));
    }
    return allowsNoGroup(groups) || chooseGroup(groups, null) != null;
  }

  private static @Nullable DhGroup chooseGroup(List<Transform> groups, @Nullable DhGroup pfsGroup) {
    if (pfsGroup != null || allowsNoGroup(groups)) {
      return pfsGroup;
    }
    return groups.stream()
        .flatMap(t -> DhGroup.ofWireValue(t.id()).stream())
        .findFirst()
        .orElse(null);
  }

  private static boolean allowsNoGroup(List<Transform> groups) {
    return groups.isEmpty() || groups.contains(new Transform(Transform.DH, NONE, 0));
  }

  private static Transform encryption(EspAlgorithm algorithm) {
    return switch (algorithm) {
      case AES_128_GCM -> new Transform(Transform.ENCR, ENCR_AES_GCM_16, 128);
      case AES_256_GCM -> new Transform(Transform.ENCR, ENCR_AES_GCM_16, 256);
      case CHACHA20_POLY1305 -> new Transform(Transform.ENCR, ENCR_CHACHA20_POLY1305, 0);
      case AES_256_CBC_HMAC_SHA_256_128 -> new Transform(Transform.ENCR, ENCR_AES_CBC, 256);
    };
  }

  private static Optional<Transform> integrity(EspAlgorithm algorithm) {
    return algorithm.isAead()
        ? Optional.empty()
        : Optional.of(new Transform(Transform.INTEG, AUTH_HMAC_SHA2_256_128, 0));
  }

  public static Octets spiOctets(Spi spi) {
    return new WireWriter().u32(spi.bits()).toOctets();
  }

  public static Octets spiOctets(long ikeSpi) {
    return new WireWriter().u64(ikeSpi).toOctets();
  }

  public static Spi spi(Octets octets) {
    return new Spi(octets.reader().u32("SPI"));
  }
}
