package dev.culvert.tun.nftables;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * nftables by libnftables (libnftables(3)), bound at run time. Each document has a context of its
 * own: what one leaves behind, such as the library's memory of what the kernel had, is no concern
 * of the next. One thread owns it.
 */
public final class LibNftables implements NftablesPort {
  private static final String NAME = "libnftables.so.1";

  private static final int NFT_CTX_DEFAULT = 0;

  private static final int NFT_CTX_OUTPUT_HANDLE = 1 << 3;
  private static final int NFT_CTX_OUTPUT_JSON = 1 << 4;
  private static final int NFT_CTX_OUTPUT_NUMERIC_PROTO = 1 << 7;
  private static final int NFT_CTX_OUTPUT_NUMERIC_PRIO = 1 << 8;
  private static final int NFT_CTX_OUTPUT_NUMERIC_SYMBOL = 1 << 9;
  private static final int NFT_CTX_OUTPUT_NUMERIC_TIME = 1 << 10;

  private static final int OUTPUT_FLAGS =
      NFT_CTX_OUTPUT_HANDLE
          | NFT_CTX_OUTPUT_JSON
          | NFT_CTX_OUTPUT_NUMERIC_PROTO
          | NFT_CTX_OUTPUT_NUMERIC_PRIO
          | NFT_CTX_OUTPUT_NUMERIC_SYMBOL
          | NFT_CTX_OUTPUT_NUMERIC_TIME;

  private static final int NFT_CTX_INPUT_NO_DNS = 1 << 0;
  private static final int NFT_CTX_INPUT_JSON = 1 << 1;

  private final MethodHandle newContext;
  private final MethodHandle freeContext;
  private final MethodHandle setOutputFlags;
  private final MethodHandle setDryRun;
  private final MethodHandle bufferOutput;
  private final MethodHandle bufferError;
  private final MethodHandle run;
  private final MethodHandle output;
  private final MethodHandle error;

  /** Since 1.0.8; older releases never ask the DNS for what JSON says. */
  private final @Nullable MethodHandle setInputFlags;

  private LibNftables(SymbolLookup library) {
    newContext = bind(library, "nft_ctx_new", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    freeContext = bind(library, "nft_ctx_free", FunctionDescriptor.ofVoid(ADDRESS));
    setOutputFlags =
        bind(library, "nft_ctx_output_set_flags", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
    setDryRun =
        bind(library, "nft_ctx_set_dry_run", FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN));
    bufferOutput = bind(library, "nft_ctx_buffer_output", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    bufferError = bind(library, "nft_ctx_buffer_error", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    run =
        bind(library, "nft_run_cmd_from_buffer", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    output = bind(library, "nft_ctx_get_output_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS));
    error = bind(library, "nft_ctx_get_error_buffer", FunctionDescriptor.of(ADDRESS, ADDRESS));
    setInputFlags =
        library
            .find("nft_ctx_input_set_flags")
            .map(symbol ->
                Linker.nativeLinker()
                    .downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT)))
            .orElse(null);
  }

  /** Empty where the library is not installed. */
  public static Optional<NftablesPort> open() {
    try {
      return Optional.of(new LibNftables(SymbolLookup.libraryLookup(NAME, Arena.global())));
    } catch (IllegalArgumentException absent) {
      // Not an error: the program may be there.
      return Optional.empty();
    }
  }

  @Override
  public NftResult apply(String json) {
    return checked(json, false);
  }

  @Override
  public NftResult applyCommands(String commands) {
    return run(commands, NFT_CTX_OUTPUT_HANDLE, NFT_CTX_INPUT_NO_DNS, false);
  }

  @Override
  public NftResult check(String json) {
    return checked(json, true);
  }

  private NftResult checked(String json, boolean dryRun) {
    String fault = JsonText.fault(json);
    return fault != null
        ? new NftResult.Refused(fault)
        : run(json, OUTPUT_FLAGS, NFT_CTX_INPUT_NO_DNS | NFT_CTX_INPUT_JSON, dryRun);
  }

  private NftResult run(String text, int outputFlags, int inputFlags, boolean dryRun) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = (MemorySegment) newContext.invokeExact(NFT_CTX_DEFAULT);
      if (context.address() == 0) {
        return new NftResult.Unavailable("libnftables has no context to give");
      }
      try {
        return run(context, arena.allocateFrom(text), outputFlags, inputFlags, dryRun);
      } finally {
        freeContext.invokeExact(context);
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private NftResult run(
      MemorySegment context, MemorySegment text, int outputFlags, int inputFlags, boolean dryRun)
      throws Throwable {
    setOutputFlags.invokeExact(context, outputFlags);
    if (setInputFlags != null) {
      int _ = (int) setInputFlags.invokeExact(context, inputFlags);
    }
    setDryRun.invokeExact(context, dryRun);
    if ((int) bufferOutput.invokeExact(context) != 0
        || (int) bufferError.invokeExact(context) != 0) {
      return new NftResult.Unavailable("libnftables has no buffers to give");
    }
    int result = (int) run.invokeExact(context, text);
    String said = text((MemorySegment) output.invokeExact(context));
    String complaint = text((MemorySegment) error.invokeExact(context));
    return result == 0
        ? new NftResult.Done(said)
        : new NftResult.Refused(NftErrors.reason(complaint));
  }

  /** The library's own memory, which it uses again with the next call. */
  private static String text(MemorySegment text) {
    return text.address() == 0 ? "" : text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static MethodHandle bind(
      SymbolLookup library, String function, FunctionDescriptor descriptor) {
    MemorySegment symbol =
        library
            .find(function)
            .orElseThrow(() -> new IllegalArgumentException(NAME + " lacks " + function));
    return Linker.nativeLinker().downcallHandle(symbol, descriptor);
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  @Override
  public String description() {
    return NAME;
  }

  @Override
  public void close() {
    // The library stays with the process: nothing is open between two documents.
  }
}
