package dev.culvert.bgp.message;

import dev.culvert.bgp.registry.AddressFamilyId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** One capability of an OPEN (RFC 5492 §4). */
public sealed interface Capability {
  int MULTIPROTOCOL = 1;
  int ROUTE_REFRESH = 2;
  int FOUR_OCTET_AS = 65;

  int code();

  Octets value();

  /** RFC 4760 §8. */
  record Multiprotocol(int afi, int safi) implements Capability {
    public static final Multiprotocol IPV4_UNICAST =
        new Multiprotocol(AddressFamilyId.AFI_IPV4, AddressFamilyId.SAFI_UNICAST);

    @Override
    public int code() {
      return MULTIPROTOCOL;
    }

    @Override
    public Octets value() {
      return new WireWriter().u16(afi).u8(0).u8(safi).toOctets();
    }
  }

  /** RFC 2918 §2. */
  record RouteRefresh() implements Capability {
    @Override
    public int code() {
      return ROUTE_REFRESH;
    }

    @Override
    public Octets value() {
      return Octets.EMPTY;
    }
  }

  /** RFC 6793 §3. */
  record FourOctetAs(long asNumber) implements Capability {
    @Override
    public int code() {
      return FOUR_OCTET_AS;
    }

    @Override
    public Octets value() {
      return new WireWriter().u32((int) asNumber).toOctets();
    }
  }

  /** One we do not know, or a known one of the wrong length: ignored, as RFC 5492 §3 asks. */
  record Unknown(int code, Octets value) implements Capability {}

  static Capability decode(int code, Octets value) {
    WireReader in = value.reader();
    if (code == MULTIPROTOCOL && value.length() == 4) {
      int afi = in.u16("AFI");
      in.skip(1, "Reserved");
      return new Multiprotocol(afi, in.u8("SAFI"));
    }
    if (code == ROUTE_REFRESH && value.length() == 0) {
      return new RouteRefresh();
    }
    if (code == FOUR_OCTET_AS && value.length() == 4) {
      return new FourOctetAs(in.u32Long("AS number"));
    }
    return new Unknown(code, value);
  }
}
