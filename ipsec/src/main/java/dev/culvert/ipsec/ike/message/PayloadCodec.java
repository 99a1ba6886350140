package dev.culvert.ipsec.ike.message;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Chains of payloads and their octets (RFC 7296 §3.2 to §3.14). */
public final class PayloadCodec {
  /** A peer needs a dozen; the longest real messages, with certificates, hold about thirty. */
  public static final int MAX_PAYLOADS = 64;

  static final int MAX_PROPOSALS = 64;
  static final int MAX_TRANSFORMS = 128;
  static final int MAX_SELECTORS = 255;
  static final int MAX_DELETED_SPIS = 256;

  private static final int GENERIC_HEADER = 4;
  private static final int CRITICAL = 0x80;
  private static final int ATTRIBUTE_FORMAT = 0x8000;
  private static final int KEY_LENGTH = 14;
  private static final int LAST = 0;
  private static final int MORE_PROPOSALS = 2;
  private static final int MORE_TRANSFORMS = 3;
  private static final int ID_IPV4_ADDR = 1;
  private static final int ID_FQDN = 2;
  private static final int ID_RFC822_ADDR = 3;
  private static final int ID_IPV6_ADDR = 5;
  private static final int TS_IPV4_ADDR_RANGE = 7;
  private static final int TS_IPV6_ADDR_RANGE = 8;

  private PayloadCodec() {}

  /** The payloads that follow, the first of which has type {@code first}. */
  public static Decoded<List<Payload>> decode(int first, Octets octets) {
    WireReader in = octets.reader();
    List<Payload> payloads = read(first, in);
    return in.finish(() -> payloads);
  }

  static List<Payload> read(int first, WireReader in) {
    List<Payload> payloads = new ArrayList<>();
    int type = first;
    while (type != 0 && !in.isPoisoned()) {
      in.require(payloads.size() < MAX_PAYLOADS, "Next Payload", "too many payloads");
      int next = in.u8("Next Payload");
      boolean critical = (in.u8("Critical") & CRITICAL) != 0;
      int length = in.u16("Payload Length");
      WireReader body = in.slice(length - GENERIC_HEADER, "Payload Length");
      if (in.isPoisoned()) {
        break;
      }
      payloads.add(readBody(type, critical, next, body));
      in.adopt(body);
      // §3.14: an Encrypted payload is the last; its Next Payload belongs to what is inside.
      type = type == Payload.SK || type == Payload.SKF ? 0 : next;
    }
    in.require(in.remaining() == 0, "Length", "octets after the last payload");
    return payloads;
  }

  private static Payload readBody(int type, boolean critical, int next, WireReader in) {
    return switch (type) {
      case Payload.SA -> new Payload.SecurityAssociation(readProposals(in));
      case Payload.KE -> readKeyExchange(in);
      case Payload.ID_I, Payload.ID_R -> readIdentification(type == Payload.ID_I, in);
      case Payload.AUTH -> readAuthentication(in);
      case Payload.NONCE -> readNonce(in);
      case Payload.NOTIFY -> readNotify(in);
      case Payload.DELETE -> readDelete(in);
      case Payload.VENDOR_ID -> new Payload.VendorId(in.rest());
      case Payload.TS_I, Payload.TS_R -> readSelectors(type == Payload.TS_I, in);
      case Payload.SK -> new Payload.Encrypted(next, in.rest());
      case Payload.SKF -> readFragment(next, in);
      default -> new Payload.Opaque(type, critical, in.rest());
    };
  }

  private static List<Proposal> readProposals(WireReader in) {
    List<Proposal> proposals = new ArrayList<>();
    while (in.remaining() > 0) {
      in.require(proposals.size() < MAX_PROPOSALS, "Proposal Num", "too many proposals");
      in.u8("Last Substruc");
      in.u8("RESERVED");
      int length = in.u16("Proposal Length");
      WireReader body = in.slice(length - 4, "Proposal Length");
      int number = body.u8("Proposal Num");
      int protocol = body.u8("Protocol ID");
      int spiSize = body.u8("SPI Size");
      int transformCount = body.u8("Num Transforms");
      Octets spi = body.octets(spiSize, "SPI");
      List<Transform> transforms = readTransforms(body);
      body.require(transforms.size() == transformCount, "Num Transforms", "is wrong");
      in.adopt(body);
      proposals.add(new Proposal(number, protocol, spi, transforms));
    }
    return proposals;
  }

  private static List<Transform> readTransforms(WireReader in) {
    List<Transform> transforms = new ArrayList<>();
    while (in.remaining() > 0) {
      in.require(transforms.size() < MAX_TRANSFORMS, "Num Transforms", "too many transforms");
      in.u8("Last Substruc");
      in.u8("RESERVED");
      int length = in.u16("Transform Length");
      WireReader body = in.slice(length - 4, "Transform Length");
      int type = body.u8("Transform Type");
      body.u8("RESERVED");
      int id = body.u16("Transform ID");
      int keyBits = 0;
      boolean understood = true;
      while (body.remaining() > 0) {
        int attribute = body.u16("Attribute Type");
        int value = body.u16("Attribute Value");
        if (attribute == (ATTRIBUTE_FORMAT | KEY_LENGTH)) {
          keyBits = value;
        } else {
          understood = false;
          body.skip((attribute & ATTRIBUTE_FORMAT) == 0 ? value : 0, "Attribute Value");
        }
      }
      in.adopt(body);
      transforms.add(new Transform(type, id, keyBits, understood));
    }
    return transforms;
  }

  private static Payload readKeyExchange(WireReader in) {
    int group = in.u16("Diffie-Hellman Group Num");
    in.u16("RESERVED");
    return new Payload.KeyExchange(group, in.rest());
  }

  private static Payload readIdentification(boolean initiator, WireReader in) {
    Octets body = in.rest();
    WireReader fields = body.reader();
    int type = fields.u8("ID Type");
    fields.skip(3, "RESERVED");
    Octets data = fields.rest();
    in.adopt(fields);
    return new Payload.Identification(initiator, identity(type, data), body);
  }

  private static IkeIdentity identity(int type, Octets data) {
    boolean isText =
        data.length() > 0 && data.length() <= IkeIdentity.LONGEST_NAME && isPrintable(data);
    if ((type == ID_IPV4_ADDR && data.length() == 4)
        || (type == ID_IPV6_ADDR && data.length() == 16)) {
      return new IkeIdentity.Inet(IpAddress.ofBytes(data.toByteArray()));
    } else if (type == ID_FQDN && isText) {
      return new IkeIdentity.Hostname(text(data));
    } else if (type == ID_RFC822_ADDR && isText) {
      return new IkeIdentity.UserAtHostname(text(data));
    }
    return new IkeIdentity.Other(type, data);
  }

  private static boolean isPrintable(Octets data) {
    for (int i = 0; i < data.length(); i++) {
      if (data.at(i) <= ' ' || data.at(i) > '~') {
        return false;
      }
    }
    return true;
  }

  private static String text(Octets data) {
    return new String(data.toByteArray(), StandardCharsets.US_ASCII);
  }

  static Octets identificationBody(IkeIdentity identity) {
    return switch (identity) {
      case IkeIdentity.Inet(IpAddress address) ->
          idBody(
              address instanceof Ipv4Address ? ID_IPV4_ADDR : ID_IPV6_ADDR,
              Octets.wrap(address.toBytes()));
      case IkeIdentity.Hostname(String name) -> idBody(ID_FQDN, ascii(name));
      case IkeIdentity.UserAtHostname(String name) -> idBody(ID_RFC822_ADDR, ascii(name));
      case IkeIdentity.Other(int type, Octets data) -> idBody(type, data);
    };
  }

  private static Octets idBody(int type, Octets data) {
    return new WireWriter().u8(type).zeros(3).octets(data).toOctets();
  }

  private static Octets ascii(String text) {
    return Octets.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static Payload readAuthentication(WireReader in) {
    int method = in.u8("Auth Method");
    in.skip(3, "RESERVED");
    return new Payload.Authentication(method, in.rest());
  }

  private static Payload readNonce(WireReader in) {
    Octets nonce = in.rest();
    in.require(nonce.length() >= Payload.Nonce.MIN_LENGTH, "Nonce Data", "is too short");
    in.require(nonce.length() <= Payload.Nonce.MAX_LENGTH, "Nonce Data", "is too long");
    return new Payload.Nonce(nonce);
  }

  private static Payload readNotify(WireReader in) {
    int protocol = in.u8("Protocol ID");
    int spiSize = in.u8("SPI Size");
    int type = in.u16("Notify Message Type");
    Octets spi = in.octets(spiSize, "SPI");
    return new Payload.Notify(protocol, spi, type, in.rest());
  }

  private static Payload readDelete(WireReader in) {
    int protocol = in.u8("Protocol ID");
    int spiSize = in.u8("SPI Size");
    int count = in.u16("Num of SPIs");
    in.require(count <= MAX_DELETED_SPIS, "Num of SPIs", "too many");
    in.require(count == 0 || spiSize == 4, "SPI Size", "is not 4");
    in.require(spiSize * count == in.remaining(), "Num of SPIs", "does not match the length");
    List<Octets> spis = new ArrayList<>();
    while (in.remaining() > 0) {
      spis.add(in.octets(spiSize, "SPI"));
    }
    return new Payload.Delete(protocol, spis);
  }

  private static Payload readSelectors(boolean initiator, WireReader in) {
    int count = in.u8("Number of TSs");
    in.skip(3, "RESERVED");
    in.require(count <= MAX_SELECTORS, "Number of TSs", "too many");
    List<TrafficSelector> selectors = new ArrayList<>();
    int seen = 0;
    while (in.remaining() > 0) {
      seen++;
      int type = in.u8("TS Type");
      int protocol = in.u8("IP Protocol ID");
      int length = in.u16("Selector Length");
      WireReader body = in.slice(length - 4, "Selector Length");
      int startPort = body.u16("Start Port");
      int endPort = body.u16("End Port");
      // An unknown TS type is skipped by its length (§3.13.1); it can match nothing of ours.
      if (type == TS_IPV4_ADDR_RANGE) {
        IpAddress start = body.ipv4("Starting Address");
        IpAddress end = body.ipv4("Ending Address");
        selectors.add(new TrafficSelector(protocol, startPort, endPort, start, end));
      } else if (type == TS_IPV6_ADDR_RANGE) {
        IpAddress start = body.ipv6("Starting Address");
        IpAddress end = body.ipv6("Ending Address");
        selectors.add(new TrafficSelector(protocol, startPort, endPort, start, end));
      }
      in.adopt(body);
    }
    in.require(seen == count, "Number of TSs", "is wrong");
    return new Payload.TrafficSelectors(initiator, selectors);
  }

  private static Payload readFragment(int next, WireReader in) {
    int number = in.u16("Fragment Number");
    int total = in.u16("Total Fragments");
    in.require(number >= 1 && number <= total, "Fragment Number", "out of range");
    return new Payload.EncryptedFragment(next, number, total, in.rest());
  }

  /** The chain's octets; {@link #firstType} says what to announce it by. */
  public static Octets encode(List<Payload> payloads) {
    WireWriter out = new WireWriter();
    for (int i = 0; i < payloads.size(); i++) {
      Payload payload = payloads.get(i);
      int next = i + 1 < payloads.size() ? payloads.get(i + 1).type() : 0;
      int start = out.position();
      out.u8(next).u8(0).u16(0);
      writeBody(payload, start, out);
      out.patchU16(start + 2, out.position() - start);
    }
    return out.toOctets();
  }

  public static int firstType(List<Payload> payloads) {
    return payloads.isEmpty() ? 0 : payloads.getFirst().type();
  }

  private static void writeBody(Payload payload, int start, WireWriter out) {
    switch (payload) {
      case Payload.SecurityAssociation sa -> writeProposals(sa.proposals(), out);
      case Payload.KeyExchange ke -> out.u16(ke.group()).u16(0).octets(ke.data());
      case Payload.Identification id -> out.octets(id.body());
      case Payload.Authentication auth -> out.u8(auth.method()).zeros(3).octets(auth.data());
      case Payload.Nonce nonce -> out.octets(nonce.data());
      case Payload.Notify n ->
          out.u8(n.protocol())
              .u8(n.spi().length())
              .u16(n.notifyType())
              .octets(n.spi())
              .octets(n.data());
      case Payload.Delete delete -> {
        int spiSize = delete.spis().isEmpty() ? 0 : delete.spis().getFirst().length();
        out.u8(delete.protocol()).u8(spiSize).u16(delete.spis().size());
        delete.spis().forEach(out::octets);
      }
      case Payload.VendorId vendor -> out.octets(vendor.data());
      case Payload.TrafficSelectors ts -> writeSelectors(ts.selectors(), out);
      case Payload.Encrypted sk -> out.patchU8(start, sk.firstPayload()).octets(sk.sealed());
      case Payload.EncryptedFragment skf ->
          out.patchU8(start, skf.firstPayload())
              .u16(skf.number())
              .u16(skf.total())
              .octets(skf.sealed());
      case Payload.Opaque opaque ->
          out.patchU8(start + 1, opaque.critical() ? CRITICAL : 0).octets(opaque.body());
    }
  }

  private static void writeProposals(List<Proposal> proposals, WireWriter out) {
    for (int i = 0; i < proposals.size(); i++) {
      Proposal proposal = proposals.get(i);
      int start = out.position();
      out.u8(i + 1 < proposals.size() ? MORE_PROPOSALS : LAST).u8(0).u16(0);
      out.u8(proposal.number()).u8(proposal.protocol()).u8(proposal.spi().length());
      out.u8(proposal.transforms().size()).octets(proposal.spi());
      writeTransforms(proposal.transforms(), out);
      out.patchU16(start + 2, out.position() - start);
    }
  }

  private static void writeTransforms(List<Transform> transforms, WireWriter out) {
    for (int i = 0; i < transforms.size(); i++) {
      Transform transform = transforms.get(i);
      int start = out.position();
      out.u8(i + 1 < transforms.size() ? MORE_TRANSFORMS : LAST).u8(0).u16(0);
      out.u8(transform.type()).u8(0).u16(transform.id());
      if (transform.keyBits() != 0) {
        out.u16(ATTRIBUTE_FORMAT | KEY_LENGTH).u16(transform.keyBits());
      }
      out.patchU16(start + 2, out.position() - start);
    }
  }

  private static void writeSelectors(List<TrafficSelector> selectors, WireWriter out) {
    out.u8(selectors.size()).zeros(3);
    for (TrafficSelector selector : selectors) {
      boolean ipv4 = selector.startAddress() instanceof Ipv4Address;
      out.u8(ipv4 ? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE)
          .u8(selector.protocol())
          .u16(ipv4 ? 16 : 40)
          .u16(selector.startPort())
          .u16(selector.endPort())
          .address(selector.startAddress())
          .address(selector.endAddress());
    }
  }
}
