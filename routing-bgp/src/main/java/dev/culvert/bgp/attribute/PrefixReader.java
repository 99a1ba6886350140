package dev.culvert.bgp.attribute;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.wire.WireReader;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@code <length, prefix>} tuples of RFC 4271 §4.3. */
public final class PrefixReader {
  private PrefixReader() {}

  /** All prefixes to the end; a bad one poisons the reader. Stray bits are cleared (§4.3). */
  public static List<Ipv4Prefix> readAll(WireReader in, String field) {
    List<Ipv4Prefix> prefixes = new ArrayList<>();
    while (in.remaining() > 0) {
      int length = in.u8(field);
      in.require(length <= 32, field, "prefix length " + length);
      int bits = 0;
      for (int read = 0; read < length && !in.isPoisoned(); read += 8) {
        bits |= in.u8(field) << (24 - read);
      }
      if (!in.isPoisoned()) {
        prefixes.add(new Ipv4Prefix(new Ipv4Address(bits), length));
      }
    }
    return prefixes;
  }
}
