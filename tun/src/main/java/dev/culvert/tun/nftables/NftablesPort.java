package dev.culvert.tun.nftables;

/**
 * Hands documents in nftables' JSON (see libnftables-json(5)) to the kernel, each as one
 * transaction: all of it or nothing. It works on the network namespace of the calling thread. Not
 * thread-safe: one thread owns it.
 */
public interface NftablesPort extends AutoCloseable {
  /** Carries the document out. */
  NftResult apply(String json);

  /**
   * Carries out commands in nft(8)'s own language, as one transaction too: for what JSON cannot say
   * with every release of the library.
   */
  NftResult applyCommands(String commands);

  /** Says what {@link #apply} would say, the kernel's opinion included, and changes nothing. */
  NftResult check(String json);

  /**
   * Carries out a document that lists, such as {@code {"nftables":
   * [{"list":{"table":{"family":"inet","name":"culvert"}}}]}}; the answer is in {@link
   * NftResult.Done#output}.
   */
  default NftResult list(String json) {
    return apply(json);
  }

  /** What does the work, for the log: {@code libnftables.so.1} or {@code /usr/sbin/nft}. */
  String description();

  @Override
  void close();
}
