package dev.culvert.lab.bench.contender;

import dev.culvert.lab.bench.contender.Culvert.Cipher;
import dev.culvert.lab.bench.contender.Culvert.Encapsulation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All contenders; those that others are compared with come first. */
public final class Contenders {
  private Contenders() {}

  /**
   * The contenders in the order in which each measurement goes through them.
   *
   * @param culvertd how {@code culvertd} is called, before its options
   * @param cBound the reference gateway in C, if there is one
   */
  public static List<Contender> all(
      List<String> culvertd, String culvertVersion, Optional<Path> cBound) {
    List<Contender> all = new ArrayList<>();
    all.add(new KernelForwarding());
    all.add(new Strongswan());
    for (CBound.Mode mode : CBound.Mode.values()) {
      all.add(new CBound(cBound, mode));
    }
    for (Encapsulation encapsulation : Encapsulation.values()) {
      for (Cipher cipher : List.of(Cipher.AES_128, Cipher.AES_256, Cipher.CHACHA20)) {
        all.add(new Culvert(culvertd, culvertVersion, cipher, encapsulation));
      }
    }
    all.add(new WireguardGo());
    all.add(new Openvpn());
    return List.copyOf(all);
  }
}
