package dev.culvert.daemon.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EthernetDevicesTest {
  @TempDir private Path sys;

  /** Of two ports of one card the second has the greater number, however it is called. */
  @Test
  void portsAreInTheOrderOfTheirBusAddresses() throws IOException {
    device("wan", "1", "", "0000:00:04.0", 0);
    device("eth1", "1", "", "0000:00:03.0", 0);
    device("eth0", "1", "", "0000:00:03.0", 1);
    device("lo", "772", "", null, 0);
    device("br0", "1", "DEVTYPE=bridge\nINTERFACE=br0", null, 0);
    device("eth1.7", "1", "DEVTYPE=vlan", null, 0);
    device("veth3", "1", "INTERFACE=veth3", null, 0);
    device("wlan0", "1", "DEVTYPE=wlan", "0000:00:01.0", 0);

    assertThat(EthernetDevices.inOrder(sys.resolve("net"))).containsExactly("eth1", "eth0", "wan");
  }

  @Test
  void whereNoneIsPluggedInTheVirtualOnesCountByName() throws IOException {
    device("eth10", "1", "INTERFACE=eth10", null, 0);
    device("eth9", "1", "INTERFACE=eth9", null, 0);
    device("dummy0", "1", "", null, 0);
    device("st0.0", "65534", "", null, 0);

    assertThat(EthernetDevices.inOrder(sys.resolve("net"))).containsExactly("eth9", "eth10");
  }

  @Test
  void withoutSysfsThereAreNone() {
    assertThat(EthernetDevices.inOrder(sys.resolve("nothing"))).isEmpty();
  }

  private void device(String name, String type, String uevent, String bus, int port)
      throws IOException {
    Path device = Files.createDirectories(sys.resolve("net").resolve(name));
    Files.writeString(device.resolve("type"), type + "\n");
    Files.writeString(device.resolve("uevent"), uevent);
    Files.writeString(device.resolve("dev_port"), port + "\n");
    if (bus != null) {
      Path slot = Files.createDirectories(sys.resolve("devices").resolve(bus));
      Files.createSymbolicLink(device.resolve("device"), slot);
    }
  }
}
