package dev.culvert.daemon.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine's Ethernet ports, in the order in which {@code ge-0/0/0} and those after it stand for
 * them: by bus address and port. Where the machine has none of its own, as in a container or a
 * network namespace, the virtual ones that come instead, by name.
 */
public final class EthernetDevices {
  private static final Logger LOG = LoggerFactory.getLogger(EthernetDevices.class);
  private static final Path NET = Path.of("/sys/class/net");

  /** ARPHRD_ETHER. */
  private static final String ETHERNET = "1";

  private record Found(String name, @Nullable String bus, int port) {}

  private EthernetDevices() {}

  /** Of the calling thread's network namespace; none, with a word in the log, without sysfs. */
  public static List<String> inOrder() {
    return inOrder(NET);
  }

  static List<String> inOrder(Path net) {
    List<Found> found = new ArrayList<>();
    try (Stream<Path> devices = Files.list(net)) {
      for (Path device : devices.toList()) {
        if (isEthernet(device)) {
          found.add(
              new Found(device.getFileName().toString(), bus(device), number(device, "dev_port")));
        }
      }
    } catch (IOException e) {
      LOG.warn("ETHERNET_DEVICES_UNKNOWN reason={}", e.getMessage());
    }
    boolean hasOwn = found.stream().anyMatch(device -> device.bus() != null);
    return found.stream()
        .filter(device -> !hasOwn || device.bus() != null)
        .sorted(
            Comparator.comparing((Found device) -> device.bus() == null ? "" : device.bus())
                .thenComparingInt(Found::port)
                .thenComparing(device -> device.name().replaceAll("[0-9]+$", ""))
                .thenComparingInt(device -> device.name().length())
                .thenComparing(Found::name))
        .map(Found::name)
        .toList();
  }

  /** A port, and nothing that is made of ports: no bridge, bond or VLAN, and no TAP device. */
  private static boolean isEthernet(Path device) throws IOException {
    return text(device.resolve("type")).equals(ETHERNET)
        && text(device.resolve("uevent")).lines().noneMatch(line -> line.startsWith("DEVTYPE="))
        && !Files.exists(device.resolve("bridge"))
        && !Files.exists(device.resolve("bonding"))
        && !Files.exists(device.resolve("tun_flags"))
        && !device.getFileName().toString().startsWith("dummy");
  }

  /** Where it is plugged in; null of one that is nowhere. */
  private static @Nullable String bus(Path device) throws IOException {
    Path link = device.resolve("device");
    return Files.exists(link) ? link.toRealPath().toString() : null;
  }

  private static int number(Path device, String file) throws IOException {
    String text = text(device.resolve(file));
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  /** Empty if it is not there: a device may go while it is looked at. */
  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }
}
