package dev.culvert.ospf.packet;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;

/**
 * An LSA of a known type whose content does not follow that type's layout. RFC 2328 §13 asks for
 * its checksum and type only before it is installed and flooded, and the database exchange ends
 * only when all has been taken; so it is kept as it came, and no route is made of it.
 */
public record UnreadableLsa(Octets content) implements LsaBody {
  @Override
  public void write(WireWriter out) {
    out.octets(content);
  }
}
