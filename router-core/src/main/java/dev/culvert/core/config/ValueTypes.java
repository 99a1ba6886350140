package dev.culvert.core.config;

import dev.culvert.core.config.ValueType.Parsed;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.PortName;
import dev.culvert.core.net.RouterId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The value types that several modules' schemas share. */
public final class ValueTypes {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,62}");
  private static final Pattern INTERFACE =
      Pattern.compile("[a-z][A-Za-z0-9_-]{0,12}(\\.[0-9]{1,5})?");
  private static final Pattern UNIT = Pattern.compile("(.+)\\.[0-9]{1,5}");
  private static final Pattern SHORT_PREFIX =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){0,2}/[0-9]{1,2}");
  private static final Pattern PHYSICAL_INTERFACE = Pattern.compile("[a-z][A-Za-z0-9_-]{0,14}");

  private ValueTypes() {}

  /** Any text; quoted in the file if it holds blanks or punctuation. */
  public static ValueType<String> text() {
    return of("<text>", "text", Optional::of);
  }

  /** A name the operator invents: letters, digits, and {@code _ . : -}, at most 63. */
  public static ValueType<String> name() {
    return of(
        "<name>",
        "a name of up to 63 letters, digits, '_', '.', ':' and '-'",
        word -> Optional.of(word).filter(w -> NAME.matcher(w).matches()));
  }

  /** Any string is a name: 1 to 255 characters. */
  public static ValueType<String> anyName() {
    return of(
        "<name>",
        "a name of 1 to 255 characters",
        word ->
            Optional.of(word)
                .filter(w -> !w.isEmpty() && w.length() <= 255)
                .filter(w -> w.chars().noneMatch(Character::isISOControl)));
  }

  /** A whole number from {@code least} to {@code most}, both included. */
  public static ValueType<Integer> integer(int least, int most) {
    return of(
        least + ".." + most,
        "a number from " + least + " to " + most,
        word -> number(word).filter(n -> n >= least && n <= most).map(Long::intValue));
  }

  /** As {@link #integer}, for numbers beyond 31 bits. */
  public static ValueType<Long> number(long least, long most) {
    return of(
        least + ".." + most,
        "a number from " + least + " to " + most,
        word -> number(word).filter(n -> n >= least && n <= most));
  }

  public static ValueType<IpAddress> address() {
    return of("<address>", "an IPv4 or IPv6 address", IpAddress::parse);
  }

  public static ValueType<IpAddress> address(AddressFamily family) {
    String kind = family == AddressFamily.INET ? "IPv4" : "IPv6";
    return of(
        "<address>",
        "an " + kind + " address",
        word -> IpAddress.parse(word).filter(a -> a.family() == family));
  }

  public static ValueType<Ipv4Address> ipv4Address() {
    return of("<address>", "an IPv4 address", Ipv4Address::parse);
  }

  public static ValueType<RouterId> routerId() {
    return of(
        "<router-id>",
        "a router id in dotted-quad form, not 0.0.0.0",
        word ->
            Ipv4Address.parse(word).filter(a -> a.bits() != 0).map(a -> new RouterId(a.bits())));
  }

  /**
   * A prefix as Junos takes it: octets at the end may be left out ({@code 10/8}, {@code 0/0}), an
   * address alone is a host's, and host bits are cleared.
   */
  public static ValueType<IpPrefix> prefix() {
    return of(
        "<prefix>",
        "a prefix such as 10.0.0.0/8",
        word -> address(spelledOut(word)).map(InterfaceAddress::prefix));
  }

  /** {@code 10/8} is {@code 10.0.0.0/8}. */
  private static String spelledOut(String word) {
    int slash = word.indexOf('/');
    if (!SHORT_PREFIX.matcher(word).matches()) {
      return word;
    }
    String octets = word.substring(0, slash);
    int missing = 3 - (int) octets.chars().filter(c -> c == '.').count();
    return octets + ".0".repeat(Math.max(0, missing)) + word.substring(slash);
  }

  /** With a length, or without one a host's. */
  private static Optional<InterfaceAddress> address(String word) {
    if (word.indexOf('/') >= 0) {
      return InterfaceAddress.parse(word);
    }
    return IpAddress.parse(word).flatMap(a -> InterfaceAddress.parse(a + "/" + a.family().bits()));
  }

  /** An interface address with its prefix length, a host's without one; host bits kept. */
  public static ValueType<InterfaceAddress> interfaceAddress(AddressFamily family) {
    String kind = family == AddressFamily.INET ? "IPv4" : "IPv6";
    return of(
        "<address/length>",
        "an " + kind + " address with a prefix length",
        word -> address(word).filter(a -> a.address().family() == family));
  }

  /** A logical interface such as {@code st0.0} or {@code eth0.0}; no unit means unit 0. */
  public static ValueType<InterfaceName> interfaceName() {
    return new InterfaceNameType<>(
        "an interface such as eth0.0 or st0.1",
        InterfaceName::physical,
        word ->
            Optional.of(word)
                .filter(w -> INTERFACE.matcher(w).matches() || isPortUnit(w))
                .map(InterfaceName::of)
                .filter(n -> n.device().length() <= 15 || isPort(n.physical())));
  }

  private static boolean isPort(String physical) {
    return PortName.parse(physical).isPresent();
  }

  /** {@code ge-0/0/3.0}, with or without the unit. */
  private static boolean isPortUnit(String word) {
    Matcher matcher = UNIT.matcher(word);
    return isPort(matcher.matches() ? matcher.group(1) : word);
  }

  /** A physical interface such as {@code eth0} or {@code st0}. */
  public static ValueType<String> physicalInterface() {
    return new InterfaceNameType<>(
        "a physical interface such as eth0 or st0",
        name -> name,
        word ->
            Optional.of(word).filter(w -> PHYSICAL_INTERFACE.matcher(w).matches() || isPort(w)));
  }

  /** A time in UTC as Junos writes it: {@code 2026-12-31.23:59}. */
  public static ValueType<Instant> time() {
    DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyy-MM-dd.HH:mm");
    return of(
        "<YYYY-MM-DD.hh:mm>",
        "a time such as 2026-12-31.23:59",
        word -> {
          try {
            return Optional.of(LocalDateTime.parse(word, format).toInstant(ZoneOffset.UTC));
          } catch (DateTimeParseException e) {
            return Optional.empty();
          }
        });
  }

  /** One of a closed set of words. */
  public static ValueType<String> oneOf(String... words) {
    List<String> choices = List.of(words);
    return new Choice<>(choices, w -> w);
  }

  /** An enum constant written in lower case with dashes. */
  public static <E extends Enum<E>> ValueType<E> oneOf(Class<E> type) {
    List<String> words = Arrays.stream(type.getEnumConstants()).map(ValueTypes::junosWord).toList();
    return new Choice<>(words, w -> type.getEnumConstants()[words.indexOf(w)]);
  }

  /** {@code AES_256_GCM} is written {@code aes-256-gcm}. */
  public static String junosWord(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A type from a parser; {@code what} completes "… is not …". */
  public static <T> ValueType<T> of(
      String placeholder, String what, Function<String, Optional<T>> parser) {
    return new ValueType<>() {
      @Override
      public String placeholder() {
        return placeholder;
      }

      @Override
      public Parsed<T> parse(String word) {
        return parser
            .apply(word)
            .<Parsed<T>>map(Parsed.Value::new)
            .orElseGet(() -> new Parsed.Wrong<>("'" + word + "' is not " + what));
      }
    };
  }

  private static Optional<Long> number(String word) {
    boolean digits = !word.isEmpty() && word.length() <= 18;
    for (int i = 0; i < word.length(); i++) {
      digits &= word.charAt(i) >= '0' && word.charAt(i) <= '9';
    }
    return digits ? Optional.of(Long.parseLong(word)) : Optional.empty();
  }

  private record Choice<T>(List<String> words, Function<String, T> constant)
      implements ValueType<T> {
    @Override
    public String placeholder() {
      return "(" + String.join(" | ", words) + ")";
    }

    @Override
    public Parsed<T> parse(String word) {
      return words.contains(word)
          ? new Parsed.Value<>(constant.apply(word))
          : new Parsed.Wrong<>("'" + word + "' is not one of " + String.join(", ", words));
    }

    @Override
    public String print(T value) {
      return value instanceof Enum<?> constantValue
          ? junosWord(constantValue)
          : String.valueOf(value);
    }
  }
}
