package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.firewall.application.Alg;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code security alg}: what may be written there. */
final class AlgSchema {
  /** Gateways that Junos has and the kernel has not. */
  static final List<String> ABSENT =
      List.of("dns", "h323", "mgcp", "msrpc", "sunrpc", "rsh", "rtsp", "sccp", "sql", "talk");

  private static final Map<String, List<String>> OPTIONS =
      Map.of(
          "ftp",
          List.of("ftps-extension", "line-break-extension", "allow-mismatch-ip-address"),
          "sip",
          List.of(
              "inactive-media-timeout",
              "maximum-call-duration",
              "t1-interval",
              "t4-interval",
              "c-timeout",
              "disable-call-id-hiding",
              "bulk-call-mode",
              "enable-call-distribution",
              "retain-hold-resource",
              "hide-via-headers",
              "distribution-ip",
              "application-screen",
              "dscp-rewrite"),
          "dns",
          List.of("maximum-message-length", "oversize-message-drop", "doctoring"),
          "h323",
          List.of(
              "endpoint-registration-timeout",
              "media-source-port-any",
              "application-screen",
              "dscp-rewrite"),
          "mgcp",
          List.of(
              "inactive-media-timeout",
              "transaction-timeout",
              "maximum-call-duration",
              "application-screen",
              "dscp-rewrite"),
          "msrpc",
          List.of("group-max-usage", "map-entry-timeout"),
          "sunrpc",
          List.of("group-max-usage", "map-entry-timeout"),
          "sccp",
          List.of("inactive-media-timeout", "application-screen", "dscp-rewrite"));

  private AlgSchema() {}

  static SchemaNode schema() {
    List<SchemaNode> gateways = new ArrayList<>();
    for (Alg alg : Alg.values()) {
      gateways.add(
          gateway(alg.junosName(), "the kernel's gateway is on or off, and has no options"));
    }
    ABSENT.forEach(keyword -> gateways.add(gateway(keyword, "there is no such gateway")));
    return container("alg", "Application layer gateways", gateways.toArray(SchemaNode[]::new))
        .refusing("there is no such gateway", "ike-esp-nat", "twamp")
        .refusing(
            "the kernel's gateways are on or off, and have no options",
            "alg-manager",
            "alg-support-lib");
  }

  private static SchemaNode gateway(String keyword, String reason) {
    return container(
            keyword, keyword.toUpperCase(Locale.ROOT), flag("disable", "Look into nothing"))
        .refusing(reason, OPTIONS.getOrDefault(keyword, List.of()).toArray(String[]::new));
  }
}
