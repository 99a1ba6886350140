package dev.culvert.ipsec.peer;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What {@code show security ipsec peer-config} can speak. */
public enum PeerDialect {
  JUNOS,
  STRONGSWAN,
  VYOS,
  CISCO;

  /** By its word on the command line. */
  public static Optional<PeerDialect> of(String word) {
    return List.of(values()).stream().filter(dialect -> dialect.word().equals(word)).findFirst();
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The other end in that language, line by line, without the key. */
  public List<String> render(PeerEnd end) {
    return switch (this) {
      case JUNOS -> JunosPeer.render(end);
      case STRONGSWAN -> StrongswanPeer.render(end);
      case VYOS -> VyosPeer.render(end);
      case CISCO -> CiscoPeer.render(end);
    };
  }
}
