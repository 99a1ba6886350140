package dev.culvert.core.net;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name that Junos has for an Ethernet port: {@code ge-0/0/3} is port 3 of the first card in the
 * first slot. No Linux device can be called so.
 *
 * @param slot of the chassis, 0 to 99
 * @param card in the slot, 0 to 99
 * @param port of the card, 0 to 999
 */
public record PortName(String media, int slot, int card, int port) {
  private static final Pattern FORM =
      Pattern.compile("(ge|xe|fe|et|mge)-([0-9]{1,2})/([0-9]{1,2})/([0-9]{1,3})");

  /** Empty for what is no such name. */
  public static Optional<PortName> parse(String physical) {
    Matcher matcher = FORM.matcher(physical);
    return matcher.matches()
        ? Optional.of(
            new PortName(
                matcher.group(1),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                Integer.parseInt(matcher.group(4))))
        : Optional.empty();
  }

  /** As a Linux device could be called: for a port that no device stands for. */
  public String asDevice() {
    return media + "-" + slot + "-" + card + "-" + port;
  }

  @Override
  public String toString() {
    return media + "-" + slot + "/" + card + "/" + port;
  }
}
