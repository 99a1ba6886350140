package dev.culvert.ipsec.libcrypto;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.util.Optional;

/** ESP transforms by the machine's libcrypto: no copy and no garbage a packet. */
public final class LibCryptoAeadProvider implements AeadProvider {
  private LibCryptoAeadProvider() {}

  /** Empty where no libcrypto with the functions we need is installed. */
  public static Optional<AeadProvider> installed() {
    return LibCryptoLibrary.INSTALLED.map(library -> new LibCryptoAeadProvider());
  }

  /** The fastest this machine has: libcrypto, else the JDK. */
  public static AeadProvider best() {
    return installed().orElseGet(JceAeadProvider::new);
  }

  @Override
  public String name() {
    return "libcrypto (" + LibCrypto.version() + ")";
  }

  @Override
  public EspSealer sealer(EspAlgorithm algorithm, Secret key, boolean extended) {
    return switch (algorithm) {
      case AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305 ->
          new AeadTransform(algorithm, key, extended, true);
      case AES_256_CBC_HMAC_SHA_256_128 -> new CbcHmacTransform(key, extended, true);
    };
  }

  @Override
  public EspOpener opener(EspAlgorithm algorithm, Secret key, boolean extended) {
    return switch (algorithm) {
      case AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305 ->
          new AeadTransform(algorithm, key, extended, false);
      case AES_256_CBC_HMAC_SHA_256_128 -> new CbcHmacTransform(key, extended, false);
    };
  }
}
