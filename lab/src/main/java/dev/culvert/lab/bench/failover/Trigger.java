package dev.culvert.lab.bench.failover;

import dev.culvert.lab.demo.TwoSites;
import java.util.OptionalInt;

/**
 * What makes a primary tunnel give way to its backup, and which of {@code
 * conf/primary-backup-*.conf} shows it.
 */
public enum Trigger {
  BFD_STATIC("BFD 50 ms x 3, static routes", "static", 150) {
    @Override
    String configuration(String shipped) {
      return withoutMonitor(shipped);
    }
  },
  BFD_OSPF("BFD 50 ms x 3, OSPF", "ospf", 150),
  BFD_BGP("BFD 50 ms x 3, BGP", "bgp", 150),
  BFD_FAST("BFD 10 ms x 3, OSPF", "ospf", 45) {
    @Override
    String configuration(String shipped) {
      return shipped.replace("minimum-interval 50;", "minimum-interval 10;");
    }
  },
  DEAD_PEER_DETECTION("DPD 2 s x 1, static routes", "static", -1) {
    @Override
    String configuration(String shipped) {
      return withoutMonitor(withoutBfd(shipped))
          .replace("probe-idle-tunnel;", "always-send;")
          .replace("interval 10;", "interval 2;")
          .replaceAll("(always-send;\\s+interval 2;\\s+)threshold 3;", "$1threshold 1;");
    }
  },
  VPN_MONITOR("VPN monitor 2 s x 3, static routes", "static", -1) {
    @Override
    String configuration(String shipped) {
      return withoutBfd(shipped);
    }
  },
  INTERFACE_DOWN("interface down, OSPF", "ospf", 5) {
    @Override
    void strike(TwoSites sites, TwoSites.Routers routers) {
      sites.branch().down("eth0");
    }

    @Override
    void heal(TwoSites sites) {
      sites.branch().up("eth0");
    }
  },
  IKE_DELETE("IKE delete, OSPF", "ospf", 5) {
    @Override
    void strike(TwoSites sites, TwoSites.Routers routers) throws Exception {
      routers.branch().cli("clear security ike security-associations hub-a");
    }

    @Override
    boolean healsItself() {
      return true;
    }

    @Override
    void heal(TwoSites sites) {}
  };

  private final String title;
  private final String example;
  private final int goal;

  /**
   * @param goal negative: none
   */
  Trigger(String title, String example, int goal) {
    this.title = title;
    this.example = example;
    this.goal = goal;
  }

  public String title() {
    return title;
  }

  /** Packets of a thousand a second that may be lost, where that is a goal. */
  public OptionalInt goal() {
    return goal < 0 ? OptionalInt.empty() : OptionalInt.of(goal);
  }

  /** The example's name, without that of its hub. */
  String example() {
    return "primary-backup-" + example;
  }

  /** An example as this trigger wants it. */
  String configuration(String shipped) {
    return shipped;
  }

  /** The primary is gone; as a silent path unless it is said otherwise. */
  void strike(TwoSites sites, TwoSites.Routers routers) throws Exception {
    sites.cutPathA();
  }

  /** The primary is back. */
  void heal(TwoSites sites) {
    sites.healPathA();
  }

  /** It comes back by itself, perhaps before anybody has seen it gone. */
  boolean healsItself() {
    return false;
  }

  private static String withoutBfd(String text) {
    return text.replaceAll("(?s)bfd-liveness-detection \\{.*?\\}", "");
  }

  private static String withoutMonitor(String text) {
    return text.replaceAll(
        "(?s)vpn-monitor \\{\\s+destination-ip [^;]+;\\s+verify-path \\{.*?\\}\\s+\\}", "");
  }
}
