package dev.culvert.core.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A name of an interface. Names of what a Junos router has and this one lacks are refused: no Linux
 * device is called so, and what is configured on it would wait for one for ever.
 *
 * @param what completes "… is not …"
 * @param physical the physical interface of a value
 */
record InterfaceNameType<T>(
    String what, Function<T, String> physical, Function<String, Optional<T>> parser)
    implements ValueType<T> {

  private record Lacking(Pattern name, String reason) {
    Lacking(String name, String reason) {
      this(Pattern.compile(name), reason);
    }
  }

  private static final List<Lacking> LACKING =
      List.of(
          new Lacking("lo", "the loopback interface is written lo0"),
          new Lacking("irb", "integrated routing and bridging is not supported"),
          new Lacking(
              "reth[0-9]+|fab[0-9]+|swfab[0-9]+",
              "interfaces of a chassis cluster are not supported"),
          new Lacking("pp[0-9]+", "PPPoE is not supported"),
          new Lacking(
              "fxp[0-9]+",
              "a management port of its own is not supported; write the name of the Linux device"),
          new Lacking(
              "(?!(ge|xe|fe|et|mge)-[0-9]{1,2}/[0-9]{1,2}/[0-9]{1,3}$)[a-z][a-z0-9]{1,2}-[0-9]+/.*",
              "of the ports only Ethernet ones are supported, such as ge-0/0/0"));

  @Override
  public String placeholder() {
    return "<interface-name>";
  }

  @Override
  public Parsed<T> parse(String word) {
    Optional<T> value = parser.apply(word);
    String name = value.map(physical).orElse(word);
    for (Lacking lacking : LACKING) {
      if (lacking.name().matcher(name).matches()) {
        return new Parsed.Wrong<>("'" + word + "': " + lacking.reason());
      }
    }
    return value
        .<Parsed<T>>map(Parsed.Value::new)
        .orElseGet(() -> new Parsed.Wrong<>("'" + word + "' is not " + what));
  }
}
