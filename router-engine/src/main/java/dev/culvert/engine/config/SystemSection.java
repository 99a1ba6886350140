package dev.culvert.engine.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.leaf;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code system host-name} and {@code system services metrics listen}. */
public final class SystemSection implements ConfigSection<SystemConfig> {
  private static final ValueType<String> NAME = ValueTypes.name();
  private static final ValueType<Endpoint> ENDPOINT =
      ValueTypes.of(
          "<address:port>",
          "an address and port such as 127.0.0.1:9177 or [::1]:9177",
          SystemSection::endpoint);

  @Override
  public List<String> parentPath() {
    return List.of();
  }

  @Override
  public SchemaNode schema() {
    return container(
        "system",
        "System parameters",
        leaf("host-name", "Name of this router", NAME),
        container(
            "services",
            "System services",
            container(
                "metrics",
                "Prometheus metrics over HTTP",
                leaf("listen", "Address and port to serve /metrics at", ENDPOINT))));
  }

  @Override
  public SystemConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    if (node == null) {
      return SystemConfig.DEFAULT;
    }
    Endpoint listen =
        node.child("services")
            .flatMap(s -> s.child("metrics"))
            .flatMap(m -> m.leaf("listen", ENDPOINT))
            .orElse(null);
    String hostName = node.leaf("host-name", NAME).orElse(SystemConfig.DEFAULT.hostName());
    return new SystemConfig(hostName, listen);
  }

  private static Optional<Endpoint> endpoint(String word) {
    int colon = word.lastIndexOf(':');
    if (colon <= 0) {
      return Optional.empty();
    }
    String host = word.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    Optional<IpAddress> address =
        IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host)
            .filter(a -> bracketed == host.contains(":"));
    return switch (ValueTypes.integer(1, 65535).parse(word.substring(colon + 1))) {
      case ValueType.Parsed.Value<Integer>(Integer port) -> address.map(a -> new Endpoint(a, port));
      case ValueType.Parsed.Wrong<Integer>(String reason) -> Optional.empty();
    };
  }
}
