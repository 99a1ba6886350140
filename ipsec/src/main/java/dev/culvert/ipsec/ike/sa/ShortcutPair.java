package dev.culvert.ipsec.ike.sa;

/**
 * Two tunnels whose peers talk through us, by their numbers, in whichever order.
 *
 * @param lower the lower of the two numbers
 */
public record ShortcutPair(int lower, int higher) {
  public static ShortcutPair of(int one, int other) {
    return new ShortcutPair(Math.min(one, other), Math.max(one, other));
  }
}
