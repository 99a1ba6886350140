package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/** The routers on a transit network: its mask, then their Router IDs (RFC 2328 §A.4.3). */
public record NetworkLsa(int prefixLength, List<RouterId> attachedRouters) implements LsaBody {
  public NetworkLsa {
    attachedRouters = List.copyOf(attachedRouters);
  }

  static NetworkLsa read(WireReader in) {
    int prefixLength = LsaBody.readMaskLength(in);
    List<RouterId> attached = new ArrayList<>();
    // Only the Designated Router originates one, and it is attached itself (RFC 2328 §12.4.2).
    do {
      attached.add(in.routerId("Attached Router"));
    } while (in.remaining() > 0);
    return new NetworkLsa(prefixLength, attached);
  }

  @Override
  public void write(WireWriter out) {
    out.u32(Ipv4Prefix.mask(prefixLength));
    attachedRouters.forEach(out::routerId);
  }
}
