package dev.culvert.ipsec.libcrypto;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libcrypto (OpenSSL 1.1 or 3) that ESP needs, bound at run time; to be touched
 * only where {@link LibCryptoLibrary#INSTALLED} is present. Pointers are passed as {@code long}:
 * callers check every length against its segment first.
 */
final class LibCrypto {
  static final int CTRL_AEAD_SET_IV_LENGTH = 0x9;
  static final int CTRL_AEAD_GET_TAG = 0x10;
  static final int CTRL_AEAD_SET_TAG = 0x11;

  private static final int LONGEST_VERSION = 256;

  private static final SymbolLookup LIBRARY = LibCryptoLibrary.INSTALLED.orElseThrow();

  // Handles are constants, or the JIT compiler does not see through them.
  private static final MethodHandle VERSION = bind("OpenSSL_version", ADDRESS, JAVA_INT);
  private static final MethodHandle CIPHER_CTX_NEW = bind("EVP_CIPHER_CTX_new", JAVA_LONG);
  private static final MethodHandle CIPHER_CTX_FREE = bind("EVP_CIPHER_CTX_free", null, JAVA_LONG);
  private static final MethodHandle CIPHER_CTX_CTRL =
      bind("EVP_CIPHER_CTX_ctrl", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle SET_PADDING =
      bind("EVP_CIPHER_CTX_set_padding", JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ENCRYPT_INIT =
      bind("EVP_EncryptInit_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ENCRYPT_UPDATE =
      bind("EVP_EncryptUpdate", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ENCRYPT_FINAL =
      bind("EVP_EncryptFinal_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle DECRYPT_INIT =
      bind("EVP_DecryptInit_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle DECRYPT_UPDATE =
      bind("EVP_DecryptUpdate", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle DECRYPT_FINAL =
      bind("EVP_DecryptFinal_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle HMAC_CTX_NEW = bind("HMAC_CTX_new", JAVA_LONG);
  private static final MethodHandle HMAC_CTX_FREE = bind("HMAC_CTX_free", null, JAVA_LONG);
  private static final MethodHandle HMAC_INIT =
      bind("HMAC_Init_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle HMAC_UPDATE =
      bind("HMAC_Update", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle HMAC_FINAL =
      bind("HMAC_Final", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  /** Null where it is of no use. */
  private static final @Nullable MethodHandle METHOD_DUPLICATE = bindMethodDuplicate();

  private static final Map<String, Long> DIRECT = new ConcurrentHashMap<>();

  private LibCrypto() {}

  /** What the library calls itself. */
  static String version() {
    try {
      MemorySegment text = (MemorySegment) VERSION.invokeExact(0);
      return text.reinterpret(LONGEST_VERSION).getString(0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A cipher or digest such as {@code EVP_aes_128_gcm()}: static, never freed. */
  static long method(String function) {
    try {
      return (long) bind(function, JAVA_LONG).invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * The same cipher without the detour through OpenSSL 3.0's providers, which look up parameters by
   * name for every nonce and every tag: a quarter of the time of a small packet. Releases after 3.0
   * have faster ciphers behind their providers than beside them, those before it have no providers;
   * there, and where the function is gone, it is {@link #method} itself.
   */
  static long directMethod(String function) {
    return DIRECT.computeIfAbsent(
        function,
        name -> {
          long method = method(name);
          if (METHOD_DUPLICATE == null) {
            return method;
          }
          try {
            // Never freed, as the original is not.
            long direct = (long) METHOD_DUPLICATE.invokeExact(method);
            return direct == 0 ? method : direct;
          } catch (Throwable e) {
            throw unexpected(e);
          }
        });
  }

  static long newCipherContext() {
    try {
      return notNull((long) CIPHER_CTX_NEW.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void freeCipherContext(long context) {
    try {
      CIPHER_CTX_FREE.invokeExact(context);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static boolean control(long context, int command, int argument, long pointer) {
    try {
      return (int) CIPHER_CTX_CTRL.invokeExact(context, command, argument, pointer) > 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void disablePadding(long context) {
    try {
      require((int) SET_PADDING.invokeExact(context, 0));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void encryptInit(long context, long cipher, long key, long iv) {
    try {
      require((int) ENCRYPT_INIT.invokeExact(context, cipher, 0L, key, iv));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void encryptUpdate(long context, long out, long outLength, long in, int length) {
    try {
      require((int) ENCRYPT_UPDATE.invokeExact(context, out, outLength, in, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void encryptFinal(long context, long out, long outLength) {
    try {
      require((int) ENCRYPT_FINAL.invokeExact(context, out, outLength));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void decryptInit(long context, long cipher, long key, long iv) {
    try {
      require((int) DECRYPT_INIT.invokeExact(context, cipher, 0L, key, iv));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void decryptUpdate(long context, long out, long outLength, long in, int length) {
    try {
      require((int) DECRYPT_UPDATE.invokeExact(context, out, outLength, in, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** False if the tag does not match. */
  static boolean decryptFinal(long context, long out, long outLength) {
    try {
      return (int) DECRYPT_FINAL.invokeExact(context, out, outLength) > 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static long newHmacContext() {
    try {
      return notNull((long) HMAC_CTX_NEW.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void freeHmacContext(long context) {
    try {
      HMAC_CTX_FREE.invokeExact(context);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** With a null key and digest the context starts over under the key it has. */
  static void hmacInit(long context, long key, int keyLength, long digest) {
    try {
      require((int) HMAC_INIT.invokeExact(context, key, keyLength, digest, 0L));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void hmacUpdate(long context, long data, long length) {
    try {
      require((int) HMAC_UPDATE.invokeExact(context, data, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void hmacFinal(long context, long out) {
    try {
      require((int) HMAC_FINAL.invokeExact(context, out, 0L));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static @Nullable MethodHandle bindMethodDuplicate() {
    String function = "EVP_CIPHER_meth_dup";
    return version().startsWith("OpenSSL 3.0.") && LIBRARY.find(function).isPresent()
        ? bind(function, JAVA_LONG, JAVA_LONG)
        : null;
  }

  private static MethodHandle bind(
      String function, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    return Linker.nativeLinker().downcallHandle(LIBRARY.find(function).orElseThrow(), descriptor);
  }

  private static void require(int result) {
    if (result != 1) {
      throw new IllegalStateException("libcrypto refused the operation");
    }
  }

  private static long notNull(long pointer) {
    if (pointer == 0) {
      throw new IllegalStateException("libcrypto is out of memory");
    }
    return pointer;
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }
}
