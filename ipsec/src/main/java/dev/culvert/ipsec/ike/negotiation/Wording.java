package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why a negotiation failed, in words that name what the peer wants and what we allow. */
public final class Wording {
  /** Of a hostile offer only that many names are told. */
  private static final int MAX_NAMES = 12;

  private static final int MAX_SHOWN_SELECTORS = 4;

  private static final int[] TYPES = {
    Transform.ENCR, Transform.PRF, Transform.INTEG, Transform.DH, Transform.ESN
  };

  private Wording() {}

  public static String noIkeProposal(List<Proposal> offered, List<IkeProposal> ours) {
    return noProposal(offered, Negotiation.ikeOffer(ours, dev.culvert.core.wire.Octets.EMPTY));
  }

  public static String noEspProposal(
      List<Proposal> offered, List<EspProposal> ours, @Nullable DhGroup group) {
    String text = noProposal(offered, Negotiation.espOffer(ours, new Spi(0), group));
    return text + (differsInGroupOnly(offered, ours, group) ? ": PFS differs" : "");
  }

  /** Perfect forward secrecy is what the group of a child SA is for. */
  private static boolean differsInGroupOnly(
      List<Proposal> offered, List<EspProposal> ours, @Nullable DhGroup group) {
    Set<String> theirs = names(offered, Transform.DH);
    Set<String> allowed = names(Negotiation.espOffer(ours, new Spi(0), group), Transform.DH);
    boolean groupDiffers = !allowed.isEmpty() && theirs.stream().noneMatch(allowed::contains);
    return groupDiffers
        && Negotiation.chooseEsp(ours, offered, new Spi(0), false, null).isPresent();
  }

  /** Names the transform types that have nothing in common, or else both offers whole. */
  private static String noProposal(List<Proposal> offered, List<Proposal> ours) {
    for (int type : TYPES) {
      Set<String> theirs = names(offered, type);
      Set<String> allowed = names(ours, type);
      boolean disjoint = theirs.stream().noneMatch(allowed::contains);
      if (disjoint && !allowed.isEmpty() && (!theirs.isEmpty() || type == Transform.DH)) {
        return "NO_PROPOSAL_CHOSEN: peer offered "
            + (theirs.isEmpty() ? "no DH group" : String.join(", ", theirs) + " only")
            + ", we allow "
            + String.join(", ", allowed);
      }
    }
    String theirs = offered.isEmpty() ? "no proposal" : describe(offered);
    return "NO_PROPOSAL_CHOSEN: peer offered " + theirs + "; we allow " + describe(ours);
  }

  private static Set<String> names(List<Proposal> proposals, int type) {
    Set<String> names = new LinkedHashSet<>();
    for (Proposal proposal : proposals) {
      for (Transform transform : proposal.ofType(type)) {
        if (names.size() < MAX_NAMES) {
          names.add(name(transform));
        }
      }
    }
    return names;
  }

  /** Proposals with their transforms, such as {@code [AES-GCM-256 HMAC-SHA2-384 DH-group-20]}. */
  public static String describe(List<Proposal> proposals) {
    List<String> texts = new ArrayList<>();
    for (Proposal proposal : proposals.stream().limit(MAX_NAMES).toList()) {
      List<String> names =
          proposal.transforms().stream().limit(MAX_NAMES).map(Wording::name).toList();
      texts.add(protocol(proposal.protocol()) + "[" + String.join(" ", names) + "]");
    }
    return String.join(" ", texts);
  }

  /** Told where it is not one that we speak. */
  private static String protocol(int protocol) {
    return switch (protocol) {
      case Proposal.PROTOCOL_IKE, Proposal.PROTOCOL_ESP -> "";
      case 2 -> "AH";
      default -> "protocol-" + protocol;
    };
  }

  private static String name(Transform transform) {
    String bits = transform.keyBits() == 0 ? "" : "-" + transform.keyBits();
    return switch (transform.type()) {
      case Transform.ENCR ->
          switch (transform.id()) {
            case 3 -> "3DES";
            case 12 -> "AES-CBC" + bits;
            case 13 -> "AES-CTR" + bits;
            case 18 -> "AES-GCM-8" + bits;
            case 19 -> "AES-GCM-12" + bits;
            case 20 -> "AES-GCM" + bits;
            case 28 -> "CHACHA20-POLY1305";
            default -> "encryption-" + transform.id() + bits;
          };
      case Transform.PRF ->
          switch (transform.id()) {
            case 1 -> "PRF-HMAC-MD5";
            case 2 -> "PRF-HMAC-SHA1";
            case 5 -> "PRF-HMAC-SHA2-256";
            case 6 -> "PRF-HMAC-SHA2-384";
            case 7 -> "PRF-HMAC-SHA2-512";
            default -> "prf-" + transform.id();
          };
      case Transform.INTEG ->
          switch (transform.id()) {
            case 0 -> "no integrity";
            case 1 -> "HMAC-MD5-96";
            case 2 -> "HMAC-SHA1-96";
            case 12 -> "HMAC-SHA2-256-128";
            case 13 -> "HMAC-SHA2-384-192";
            case 14 -> "HMAC-SHA2-512-256";
            default -> "integrity-" + transform.id();
          };
      case Transform.DH -> transform.id() == 0 ? "no DH group" : "DH-group-" + transform.id();
      case Transform.ESN -> transform.id() == 0 ? "32-bit sequence numbers" : "ESN";
      default -> "transform-type-" + transform.type() + "-" + transform.id();
    };
  }

  /** Nothing of what the peer has said is for any of ours. */
  public static String noSelectors(Selectors.Offer theirs, List<ChildSelectors> ours) {
    String allowed =
        String.join(
            "; ",
            ours.stream()
                .limit(MAX_SHOWN_SELECTORS)
                .map(o -> selectors(o.remote(), o.local()))
                .toList());
    return "TS_UNACCEPTABLE: peer offered "
        + selectors(theirs.remote(), theirs.local())
        + "; we allow "
        + allowed
        + (ours.size() > MAX_SHOWN_SELECTORS ? "; …" : "");
  }

  /** Such as {@code [10.1.0.0-10.1.255.255] to [10.2.0.0-10.2.255.255]}. */
  public static String selectors(ChildSelectors ours) {
    return selectors(ours.local(), ours.remote());
  }

  public static String selectors(List<TrafficSelector> from, List<TrafficSelector> to) {
    return "[" + selectors(from) + "] to [" + selectors(to) + "]";
  }

  public static String selectors(List<TrafficSelector> selectors) {
    return String.join(", ", selectors.stream().limit(MAX_NAMES).map(Wording::selector).toList());
  }

  private static String selector(TrafficSelector selector) {
    String ports =
        selector.protocol() == 0
            ? ""
            : "/" + selector.protocol() + "/" + selector.startPort() + "-" + selector.endPort();
    return selector.startAddress() + "-" + selector.endAddress() + ports;
  }
}
