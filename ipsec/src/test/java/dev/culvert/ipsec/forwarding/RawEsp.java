package dev.culvert.ipsec.forwarding;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** ESP packets whose plaintext is whatever a test wants, trailer included. */
final class RawEsp {
  private RawEsp() {}

  /**
   * What a peer of the pair would send that does not care for RFC 4303 §2.4.
   *
   * @param plaintext whole blocks of the cipher
   */
  static Octets sealed(ChildSa sa, byte[] plaintext, long sequence) {
    byte[] packet =
        new WireWriter()
            .u32(sa.inboundSpi().bits())
            .u32((int) sequence)
            .zeros(sa.algorithm().ivLength())
            .octets(plaintext)
            .zeros(sa.algorithm().icvLength())
            .toByteArray();
    try (Arena arena = Arena.ofConfined();
        EspSealer sealer =
            new JceAeadProvider()
                .sealer(sa.algorithm(), sa.inboundKey(), sa.extendedSequenceNumbers())) {
      MemorySegment memory = arena.allocate(packet.length);
      memory.copyFrom(MemorySegment.ofArray(packet));
      sealer.seal(memory, 0, plaintext.length, sequence);
      return Octets.wrap(memory.toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
