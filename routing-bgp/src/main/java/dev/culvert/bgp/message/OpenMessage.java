package dev.culvert.bgp.message;

import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OPEN (RFC 4271 §4.2) with capabilities (RFC 5492).
 *
 * @param myAutonomousSystem the 2-octet field; AS_TRANS where the number does not fit
 * @param holdTime seconds
 * @param capabilities in the order sent
 */
public record OpenMessage(
    int version,
    int myAutonomousSystem,
    int holdTime,
    RouterId bgpIdentifier,
    List<Capability> capabilities)
    implements BgpMessage {
  public static final int VERSION = 4;

  private static final int CAPABILITIES_PARAMETER = 2;

  /** RFC 9072 §2: a first parameter type that says that 2-octet lengths follow. */
  private static final int EXTENDED = 255;

  /** As far as a length of one octet goes. */
  private static final int MAX_PLAIN_PARAMETERS = 255;

  public OpenMessage {
    capabilities = List.copyOf(capabilities);
  }

  /** An OPEN as a speaker of 4-octet AS numbers sends it. */
  public static OpenMessage of(
      long asNumber, int holdTime, RouterId identifier, Capability... capabilities) {
    int shortAs = asNumber > 0xFFFF ? AsPath.AS_TRANS : (int) asNumber;
    return new OpenMessage(VERSION, shortAs, holdTime, identifier, List.of(capabilities));
  }

  /** Syntax only (RFC 4271 §6.2); what the values mean to a peer is the session's business. */
  static MessageOutcome decode(WireReader in) {
    int version = in.u8("Version");
    if (version != VERSION) {
      return MessageOutcome.openError(
          BgpError.UNSUPPORTED_VERSION_NUMBER, new WireWriter().u16(VERSION).toOctets());
    }
    int myAutonomousSystem = in.u16("My Autonomous System");
    int holdTime = in.u16("Hold Time");
    RouterId identifier = in.routerId("BGP Identifier");
    int parametersLength = in.u8("Optional Parameters Length");
    boolean extended = false;
    if (parametersLength != 0 && in.remaining() > 0) {
      // The type alone decides; the length in front of it is then no length.
      WireReader peek = in.slice(in.remaining(), "Optional Parameters");
      int type = peek.u8("Parameter Type");
      extended = type == EXTENDED;
      in = extended ? peek : restart(peek, type);
      if (extended) {
        parametersLength = in.u16("Extended Optional Parameters Length");
      }
    }
    if (in.isPoisoned() || parametersLength != in.remaining()) {
      return MessageOutcome.openError(BgpError.OPEN_UNSPECIFIC, Octets.EMPTY);
    }
    List<Capability> capabilities = new ArrayList<>();
    while (in.remaining() > 0) {
      int type = in.u8("Parameter Type");
      int length = extended ? in.u16("Parameter Length") : in.u8("Parameter Length");
      WireReader value = in.slice(length, "Parameter Value");
      if (in.isPoisoned()) {
        return MessageOutcome.openError(BgpError.OPEN_UNSPECIFIC, Octets.EMPTY);
      }
      if (type != CAPABILITIES_PARAMETER) {
        return MessageOutcome.openError(BgpError.UNSUPPORTED_OPTIONAL_PARAMETER, Octets.EMPTY);
      }
      while (value.remaining() > 0) {
        int code = value.u8("Capability Code");
        Octets content = value.octets(value.u8("Capability Length"), "Capability Value");
        if (!value.isPoisoned()) {
          capabilities.add(Capability.decode(code, content));
        }
      }
      if (value.isPoisoned()) {
        return MessageOutcome.openError(BgpError.OPEN_UNSPECIFIC, Octets.EMPTY);
      }
    }
    return new MessageOutcome.Valid(
        new OpenMessage(version, myAutonomousSystem, holdTime, identifier, capabilities));
  }

  /** The first octet was read ahead to see whether it announces extended lengths: it does not. */
  private static WireReader restart(WireReader peek, int first) {
    return new WireWriter().u8(first).octets(peek.rest()).toOctets().reader();
  }

  @Override
  public Octets encode() {
    WireWriter values = new WireWriter();
    for (Capability capability : capabilities) {
      Octets value = capability.value();
      values.u8(capability.code()).u8(value.length()).octets(value);
    }
    WireWriter out = new WireWriter();
    out.u8(version).u16(myAutonomousSystem).u16(holdTime).routerId(bgpIdentifier);
    if (capabilities.isEmpty()) {
      out.u8(0);
    } else if (values.position() + 2 <= MAX_PLAIN_PARAMETERS) {
      out.u8(values.position() + 2).u8(CAPABILITIES_PARAMETER).u8(values.position());
      out.octets(values.toOctets());
    } else {
      out.u8(EXTENDED).u8(EXTENDED).u16(values.position() + 3);
      out.u8(CAPABILITIES_PARAMETER).u16(values.position()).octets(values.toOctets());
    }
    return MessageHeader.frame(MessageType.OPEN, out);
  }

  /** The sender's AS number: the capability's if it has one (RFC 6793 §4.1). */
  public long asNumber() {
    Long fourOctets = fourOctetAs();
    return fourOctets == null ? myAutonomousSystem : fourOctets;
  }

  public boolean supportsFourOctetAs() {
    return fourOctetAs() != null;
  }

  public boolean supportsRouteRefresh() {
    return capabilities.contains(new Capability.RouteRefresh());
  }

  /** Without any multiprotocol capability IPv4 unicast is understood. */
  public boolean supportsIpv4Unicast() {
    List<Capability.Multiprotocol> families = families();
    return families.isEmpty() || families.contains(Capability.Multiprotocol.IPV4_UNICAST);
  }

  public List<Capability.Multiprotocol> families() {
    return capabilities.stream()
        .filter(Capability.Multiprotocol.class::isInstance)
        .map(Capability.Multiprotocol.class::cast)
        .toList();
  }

  private @Nullable Long fourOctetAs() {
    for (Capability capability : capabilities) {
      if (capability instanceof Capability.FourOctetAs(long asNumber)) {
        return asNumber;
      }
    }
    return null;
  }
}
