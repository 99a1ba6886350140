package dev.culvert.firewall.config;

import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueType.Parsed;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Kinds of values that the firewall's statements share. */
final class FirewallValues {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,62}");
  private static final Pattern HOST_NAME =
      Pattern.compile("[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?");
  private static final int MAX_HOST_NAME = 253;

  /** As Junos allows for descriptions here. */
  private static final int MAX_DESCRIPTION = 900;

  /** Addresses are often named by themselves, so that a slash is a letter here. */
  static final ValueType<String> NAMES =
      ValueTypes.of(
          "<name>",
          "a name of up to 63 letters, digits, '_', '.', ':', '/' and '-'",
          word -> Optional.of(word).filter(w -> NAME.matcher(w).matches()));

  static final ValueType<String> DESCRIPTION =
      ValueTypes.of(
          "<text>",
          "a text of up to " + MAX_DESCRIPTION + " characters",
          text -> Optional.of(text).filter(t -> t.length() <= MAX_DESCRIPTION));

  /** In lower case, without the last dot. */
  static final ValueType<String> HOST_NAMES =
      ValueTypes.of("<hostname>", "a host name of up to 253 characters", FirewallValues::hostName);

  /** A prefix without host bits, or an address alone. */
  static final ValueType<IpPrefix> PREFIX = new PrefixOrHost();

  /** An interface, or empty for {@code all}. */
  static final ValueType<Optional<InterfaceName>> INTERFACE_OR_ALL = new InterfaceOrAll();

  private FirewallValues() {}

  private static Optional<String> hostName(String word) {
    String bare = word.endsWith(".") ? word.substring(0, word.length() - 1) : word;
    boolean isAddress = IpAddress.parse(word).isPresent();
    return Optional.of(bare.toLowerCase(Locale.ROOT))
        .filter(w -> w.length() <= MAX_HOST_NAME && HOST_NAME.matcher(w).matches())
        .filter(w -> !isAddress);
  }

  private record PrefixOrHost() implements ValueType<IpPrefix> {
    @Override
    public String placeholder() {
      return "<prefix>";
    }

    @Override
    public Parsed<IpPrefix> parse(String word) {
      Optional<IpPrefix> prefix = IpPrefix.parse(word);
      if (prefix.isPresent()) {
        return new Parsed.Value<>(prefix.get());
      }
      Optional<IpAddress> host = IpAddress.parse(word);
      if (host.isPresent()) {
        return new Parsed.Value<>(IpPrefix.host(host.get()));
      }
      return new Parsed.Wrong<>(
          InterfaceAddress.parse(word)
              .map(a -> "'" + word + "' has host bits set; the prefix is " + a.prefix())
              .orElse("'" + word + "' is not an address or a prefix such as 10.0.0.0/8"));
    }
  }

  private record InterfaceOrAll() implements ValueType<Optional<InterfaceName>> {
    private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

    @Override
    public String placeholder() {
      return "<interface-name>";
    }

    @Override
    public Parsed<Optional<InterfaceName>> parse(String word) {
      if (word.equals("all")) {
        return new Parsed.Value<>(Optional.empty());
      }
      return switch (INTERFACE.parse(word)) {
        case Parsed.Value<InterfaceName>(InterfaceName name) ->
            new Parsed.Value<>(Optional.of(name));
        case Parsed.Wrong<InterfaceName>(String reason) -> new Parsed.Wrong<>(reason);
      };
    }

    @Override
    public String print(Optional<InterfaceName> value) {
      return value.map(InterfaceName::toString).orElse("all");
    }

    @Override
    public List<String> words() {
      return List.of();
    }
  }
}
