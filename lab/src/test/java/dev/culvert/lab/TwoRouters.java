package dev.culvert.lab;

import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** The two routers of the demonstration for a lab: their configurations and what is waited for. */
final class TwoRouters {
  /** Generous: the machine may be busy with other things. */
  static final Duration SOON = Duration.ofSeconds(90);

  static final String PRIMARY = "st0.0";
  static final String BACKUP = "st0.1";
  static final String BRANCH_LAN = "10.1.0.0/24";
  static final String HUB_LAN = "10.2.0.0/24";
  static final String HUB_SECOND_LAN = "10.2.1.0/24";

  private TwoRouters() {}

  /** {@code conf/NAME.conf} with a BFD that a busy machine does not set off. */
  static String configuration(String name) {
    return shipped(name).replace("minimum-interval 50;", "minimum-interval 300;");
  }

  /** {@code conf/NAME.conf} as it is. */
  static String shipped(String name) {
    Path file =
        Stream.of("conf", "../conf")
            .map(folder -> Path.of(folder, name + ".conf"))
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(() -> new LabException("cannot find conf/" + name + ".conf"));
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }

  /** Waits until both have all tunnels, adjacencies and routes, and the LANs use the primary. */
  static void awaitConverged(TwoSites sites, TwoSites.Routers routers) {
    for (CulvertProcess router : routers.both()) {
      router.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2");
      router.awaitCli(SOON, "show ospf neighbor | match Full | count", "Count: 2 lines");
      router.awaitCli(SOON, "show route protocol bgp", "*[BGP/");
    }
    awaitRoutesOver(sites, PRIMARY);
  }

  /** Waits until both kernels reach the other's LAN through that tunnel and no other. */
  static void awaitRoutesOver(TwoSites sites, String tunnel) {
    awaitRoute(sites.branch(), HUB_LAN, tunnel);
    awaitRoute(sites.hub(), BRANCH_LAN, tunnel);
  }

  static void awaitRoute(NetworkNamespace router, String lan, String tunnel) {
    Await.until(
        SOON,
        lan + " over " + tunnel + " in " + router,
        () -> {
          String routes = router.ip("route", "show", lan);
          return !routes.isBlank()
              && routes.lines().allMatch(route -> route.contains("dev " + tunnel + " "));
        },
        () -> router.ip("route", "show"));
  }
}
