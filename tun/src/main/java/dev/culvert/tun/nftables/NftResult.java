package dev.culvert.tun.nftables;

/** What became of a document of nftables commands. */
public sealed interface NftResult {
  /**
   * All of it was carried out, or would have been where it was only to be checked.
   *
   * @param output the JSON that was asked for, empty for commands that list nothing
   */
  record Done(String output) implements NftResult {}

  /**
   * None of it was: what was in force before still is.
   *
   * @param reason in the words of nftables and the kernel, a line or a few
   */
  record Refused(String reason) implements NftResult {}

  /**
   * It could not be tried, or it is not known what became of it.
   *
   * @param reason for the operator
   */
  record Unavailable(String reason) implements NftResult {}
}
