package dev.culvert.engine.rpm;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.probe.EchoRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code services rpm}, as far as ICMP and ICMPv6 echo go. */
public final class RpmSection implements ConfigSection<List<RpmTest>> {
  private static final ValueType<String> NAME = ValueTypes.name();
  private static final ValueType<String> TYPE = ValueTypes.oneOf("icmp-ping", "icmp6-ping");
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  private static final ValueType<Integer> COUNT = ValueTypes.integer(1, 15);
  private static final ValueType<Integer> PROBE_INTERVAL = ValueTypes.integer(1, 255);
  private static final ValueType<Integer> TEST_INTERVAL = ValueTypes.integer(0, 86_400);
  private static final ValueType<Integer> DATA_SIZE = ValueTypes.integer(0, 65_400);
  private static final ValueType<Integer> TTL = ValueTypes.integer(1, 254);
  private static final ValueType<Integer> LOSSES = ValueTypes.integer(0, 15);
  private static final ValueType<Integer> MICROSECONDS = ValueTypes.integer(0, 60_000_000);
  private static final Pattern BITS = Pattern.compile("[01]{6}");
  private static final int ECN_BITS = 2;
  private static final ValueType<Integer> DSCP =
      ValueTypes.of(
          "<six bits>",
          "the six bits of a DSCP such as 101110",
          word ->
              BITS.matcher(word).matches()
                  ? Optional.of(Integer.parseInt(word, 2))
                  : Optional.empty());

  @Override
  public List<String> parentPath() {
    return List.of("services");
  }

  @Override
  public SchemaNode schema() {
    return container(
        "rpm",
        "Real-time performance monitoring",
        list(
            "probe",
            "Tests of one owner",
            NAME,
            list(
                "test",
                "Requests that are sent again and again",
                NAME,
                leaf("probe-type", "What is sent", TYPE),
                container(
                    "target",
                    "Who has to answer",
                    leaf("address", "Its IPv4 address", ADDRESS),
                    leaf("inet6-address", "Its IPv6 address", ADDRESS)),
                leaf("probe-count", "Requests of one run", COUNT),
                leaf("probe-interval", "Seconds between two of them", PROBE_INTERVAL),
                leaf("test-interval", "Seconds between two runs", TEST_INTERVAL),
                leaf("source-address", "Where IPv4 requests come from", ADDRESS),
                container(
                    "inet6-options",
                    "Of IPv6 requests",
                    leaf("source-address", "Where they come from", ADDRESS)),
                leaf("destination-interface", "Interface they leave by", INTERFACE),
                leaf("data-size", "Octets of data", DATA_SIZE),
                leaf("ttl", "TTL or hop limit", TTL),
                leaf("dscp-code-points", "DSCP", DSCP),
                container(
                    "thresholds",
                    "What makes a run a failure; 0 does not matter",
                    leaf("successive-loss", "Requests in a row without a reply", LOSSES),
                    leaf("total-loss", "Requests of one run without a reply", LOSSES),
                    leaf("rtt", "Round trip in microseconds", MICROSECONDS)))));
  }

  @Override
  public List<RpmTest> bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    List<RpmTest> tests = new ArrayList<>();
    if (node != null) {
      for (ConfigNode probe : node.children("probe")) {
        if (probe.children("test").isEmpty()) {
          diagnostics.missing(probe, "test is missing");
        }
        for (ConfigNode test : probe.children("test")) {
          bindTest(probe.key(NAME), test, diagnostics).ifPresent(tests::add);
        }
      }
    }
    return tests;
  }

  private static Optional<RpmTest> bindTest(
      String owner, ConfigNode node, Diagnostics diagnostics) {
    AddressFamily family =
        node.leaf("probe-type", TYPE).filter("icmp6-ping"::equals).isPresent()
            ? AddressFamily.INET6
            : AddressFamily.INET;
    IpAddress target = target(node, family, diagnostics);
    IpAddress source = source(node, family, diagnostics);
    if (target == null) {
      return Optional.empty();
    }
    return Optional.of(
        new RpmTest(
            new RpmTest.Key(owner, node.key(NAME)),
            target,
            node.leaf("probe-count", COUNT).orElse(1),
            Duration.ofSeconds(node.leaf("probe-interval", PROBE_INTERVAL).orElse(3)),
            Duration.ofSeconds(node.leaf("test-interval", TEST_INTERVAL).orElse(1)),
            source,
            node.leaf("destination-interface", INTERFACE).orElse(null),
            node.leaf("data-size", DATA_SIZE).orElse(0),
            node.leaf("ttl", TTL).orElse(EchoRequest.DEFAULT_TTL),
            node.leaf("dscp-code-points", DSCP).orElse(0) << ECN_BITS,
            node.child("thresholds")
                .map(RpmSection::thresholds)
                .orElse(RpmTest.Thresholds.DEFAULT)));
  }

  private static @Nullable IpAddress target(
      ConfigNode test, AddressFamily family, Diagnostics diagnostics) {
    String keyword = family == AddressFamily.INET ? "address" : "inet6-address";
    String other = family == AddressFamily.INET ? "inet6-address" : "address";
    Optional<ConfigNode> target = test.child("target");
    Optional<IpAddress> address = target.flatMap(t -> t.leaf(keyword, ADDRESS));
    target
        .flatMap(t -> t.child(other))
        .ifPresent(wrong ->
            diagnostics.error(
                wrong,
                "probe-type "
                    + (family == AddressFamily.INET ? "icmp-ping" : "icmp6-ping")
                    + " asks a target "
                    + keyword));
    if (address.isEmpty() && target.flatMap(t -> t.child(other)).isEmpty()) {
      diagnostics.missing(target.orElse(test), "target " + keyword + " is missing");
    }
    if (address.isPresent() && address.get().family() != family) {
      diagnostics.error(
          target.flatMap(t -> t.child(keyword)).orElse(test),
          address.get() + " is not of the address family of the probe-type");
    }
    return address.orElse(null);
  }

  private static @Nullable IpAddress source(
      ConfigNode test, AddressFamily family, Diagnostics diagnostics) {
    Optional<ConfigNode> inet = test.child("source-address");
    Optional<ConfigNode> inet6 =
        test.child("inet6-options").flatMap(o -> o.child("source-address"));
    Optional<ConfigNode> ours = family == AddressFamily.INET ? inet : inet6;
    Optional<ConfigNode> theirs = family == AddressFamily.INET ? inet6 : inet;
    theirs.ifPresent(
        wrong -> diagnostics.error(wrong, "is not for probes of the target's address family"));
    IpAddress source = ours.map(node -> node.value(ADDRESS)).orElse(null);
    if (source != null && source.family() != family) {
      diagnostics.error(
          ours.orElse(test), source + " is not of the address family of the probe-type");
    }
    return source;
  }

  private static RpmTest.Thresholds thresholds(ConfigNode node) {
    RpmTest.Thresholds otherwise = RpmTest.Thresholds.DEFAULT;
    return new RpmTest.Thresholds(
        node.leaf("successive-loss", LOSSES).orElse(otherwise.successiveLoss()),
        node.leaf("total-loss", LOSSES).orElse(otherwise.totalLoss()),
        node.leaf("rtt", MICROSECONDS)
            .map(micros -> Duration.ofNanos(micros * 1000L))
            .orElse(otherwise.roundTrip()));
  }
}
