package dev.culvert.ipsec.forwarding;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Two data paths and the wire between them, which keeps what is sent until it is delivered. */
final class TwoSites implements AutoCloseable {
  final DataPathRig left;
  final DataPathRig right;

  TwoSites(AeadProvider aead, int mtu) {
    left = new DataPathRig(aead, new TunnelSettings(mtu, 0));
    right = new DataPathRig(aead, new TunnelSettings(mtu, 0));
  }

  /** The same pair as the other side has it. */
  static ChildSa mirrored(ChildSa sa) {
    return new ChildSa(
        sa.tunnel(),
        sa.vpnName(),
        sa.outboundSpi(),
        sa.inboundSpi(),
        sa.algorithm(),
        sa.outboundKey(),
        sa.inboundKey(),
        sa.local(),
        sa.remote(),
        sa.udpEncapsulated(),
        sa.replayWindow(),
        sa.extendedSequenceNumbers(),
        sa.lifetime(),
        sa.dfBit(),
        sa.remoteSelectors(),
        sa.localSelectors());
  }

  void bringUp(ChildSa sa) {
    left.bringUp(sa);
    right.bringUp(mirrored(sa));
  }

  /** Delivers all that is under way, in order. */
  void exchange() {
    deliver(left, right, left.udp.drain());
    deliver(right, left, right.udp.drain());
  }

  /** Delivers all that is under way, in any order. */
  void exchangeShuffled(Random random) {
    List<Octets> toRight = new ArrayList<>(left.udp.drain());
    List<Octets> toLeft = new ArrayList<>(right.udp.drain());
    Collections.shuffle(toRight, random);
    Collections.shuffle(toLeft, random);
    deliver(left, right, toRight);
    deliver(right, left, toLeft);
  }

  private static void deliver(DataPathRig from, DataPathRig to, List<Octets> datagrams) {
    to.receive(datagrams.toArray(new Octets[0]));
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
