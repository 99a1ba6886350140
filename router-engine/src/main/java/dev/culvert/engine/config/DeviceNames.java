package dev.culvert.engine.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.PortName;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which Linux devices the ports stand for that a configuration calls as Junos does ({@code
 * ge-0/0/3}). The configuration is bound with the devices' names in the place of the ports': what
 * runs knows devices alone, and so says what other programs of the machine say. Immutable.
 *
 * @param devices by port, as written
 */
public record DeviceNames(SortedMap<String, String> devices) {
  /** No port is called so. */
  public static final DeviceNames NONE = new DeviceNames(new TreeMap<>());

  /** Of the router itself, and no ports. */
  private static final Set<String> OWN = Set.of(InterfaceName.SECURE_TUNNEL, "lo0");

  static final ValueType<String> PHYSICAL = ValueTypes.physicalInterface();

  public DeviceNames {
    devices = Collections.unmodifiableSortedMap(new TreeMap<>(devices));
  }

  /**
   * The ports of {@code interfaces}: by {@code linux-device}, or else port N of the first card is
   * the machine's Ethernet device number N.
   *
   * @param ethernet the machine's Ethernet devices in order
   */
  static DeviceNames of(ConfigTree tree, List<String> ethernet, Diagnostics diagnostics) {
    SortedMap<String, String> devices = new TreeMap<>();
    Map<String, String> owners = new HashMap<>();
    List<ConfigNode> interfaces =
        tree.root().child("interfaces").map(i -> i.children("")).orElse(List.of());
    for (ConfigNode physical : interfaces) {
      String name = physical.key(PHYSICAL);
      Optional<PortName> port = PortName.parse(name);
      Optional<ConfigNode> stated = physical.child("linux-device");
      if (port.isEmpty()) {
        stated.ifPresent(node ->
            diagnostics.error(
                node, "is for names of ports such as ge-0/0/3: '" + name + "' is a device"));
      }
      String device = port.isEmpty() ? name : deviceOf(physical, port.get(), ethernet, diagnostics);
      String owner = owners.putIfAbsent(device, name);
      if (owner != null) {
        diagnostics.error(physical, "stands for " + device + ", as '" + owner + "' does");
      } else if (port.isPresent()) {
        devices.put(name, device);
      }
    }
    return new DeviceNames(devices);
  }

  private static String deviceOf(
      ConfigNode physical, PortName port, List<String> ethernet, Diagnostics diagnostics) {
    Optional<ConfigNode> statement = physical.child("linux-device");
    if (statement.isPresent()) {
      String stated = statement.get().value(PHYSICAL);
      if (PortName.parse(stated).isPresent() || OWN.contains(stated)) {
        diagnostics.error(statement.get(), "'" + stated + "' is no Ethernet device");
      }
      return stated;
    }
    if (port.slot() != 0 || port.card() != 0) {
      diagnostics.error(
          physical, "a port of another card than 0/0 needs linux-device, which says where it is");
    } else if (port.port() >= ethernet.size()) {
      diagnostics.warning(
          physical,
          "is not there: of "
              + ethernet.size()
              + " Ethernet devices none has number "
              + port.port()
              + "; linux-device names one");
    } else {
      String device = ethernet.get(port.port());
      diagnostics.note(physical, "stands for the device " + device);
      return device;
    }
    return port.asDevice();
  }

  /** The tree to be bound: as written, but for the names of ports. */
  ConfigTree applied(ConfigTree tree) {
    return new ConfigTree(applied(tree.root()));
  }

  private ConfigNode applied(ConfigNode node) {
    return new ConfigNode(
        node.schema(),
        isText(node.schema()) ? node.words() : node.words().stream().map(this::device).toList(),
        node.children().stream().map(this::applied).toList(),
        node.inactive(),
        node.path(),
        node.position());
  }

  /** What people have written for people. */
  private static boolean isText(SchemaNode schema) {
    return schema instanceof SchemaNode.Leaf leaf
        && (leaf.secret() || leaf.keyword().equals("description"));
  }

  private String device(String word) {
    if (word.indexOf('-') < 0 || word.indexOf('/') < 0) {
      return word;
    }
    int dot = word.lastIndexOf('.');
    String physical = dot < 0 ? word : word.substring(0, dot);
    String device = devices.get(physical);
    if (device == null) {
      // Of a port that is not configured: no device is called so, and no file either.
      device = PortName.parse(physical).map(PortName::asDevice).orElse(physical);
    }
    return device + (dot < 0 ? "" : word.substring(dot));
  }

  /** How the configuration calls a device, which may be as Linux does. */
  public String written(String physical) {
    return devices.entrySet().stream()
        .filter(entry -> entry.getValue().equals(physical))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(physical);
  }
}
