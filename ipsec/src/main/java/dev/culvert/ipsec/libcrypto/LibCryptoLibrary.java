package dev.culvert.ipsec.libcrypto;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;

/** Finds the machine's libcrypto, if it has one with every function that is needed. */
final class LibCryptoLibrary {
  private static final List<String> NAMES =
      List.of("libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so");

  private static final List<String> FUNCTIONS =
      List.of(
          "OpenSSL_version",
          "EVP_CIPHER_CTX_new",
          "EVP_CIPHER_CTX_free",
          "EVP_CIPHER_CTX_ctrl",
          "EVP_CIPHER_CTX_set_padding",
          "EVP_EncryptInit_ex",
          "EVP_EncryptUpdate",
          "EVP_EncryptFinal_ex",
          "EVP_DecryptInit_ex",
          "EVP_DecryptUpdate",
          "EVP_DecryptFinal_ex",
          "EVP_aes_128_gcm",
          "EVP_aes_256_gcm",
          "EVP_aes_256_cbc",
          "EVP_chacha20_poly1305",
          "EVP_sha256",
          "HMAC_CTX_new",
          "HMAC_CTX_free",
          "HMAC_Init_ex",
          "HMAC_Update",
          "HMAC_Final");

  static final Optional<SymbolLookup> INSTALLED = find();

  private LibCryptoLibrary() {}

  private static Optional<SymbolLookup> find() {
    return NAMES.stream()
        .flatMap(name -> open(name).stream())
        .filter(library -> FUNCTIONS.stream().allMatch(f -> library.find(f).isPresent()))
        .findFirst();
  }

  private static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException absent) {
      // Not an error: the next name may be there, and with none the JDK's ciphers serve.
      return Optional.empty();
    }
  }
}
