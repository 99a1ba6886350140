package dev.culvert.lab.demo;

import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;

/**
 * A hub, which is site 0, and spokes, on one network, with a host behind each. The addresses are
 * those of {@code conf/hub-and-spoke-hub.conf} and {@code conf/hub-and-spoke-spoke.conf}.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 site1 -- host1
 *                            +-- 192.0.2.3 site2 -- host2      LANs 10.N.0.0/24
 * </pre>
 *
 * @param hosts by their site
 * @param sites the routers' namespaces; their own addresses they get from culvertd
 */
public record Star(List<NetworkNamespace> hosts, List<NetworkNamespace> sites) {
  public Star {
    hosts = List.copyOf(hosts);
    sites = List.copyOf(sites);
  }

  /** The hub and {@code count - 1} spokes. */
  public static Star build(LabNetwork network, int count) {
    List<NetworkNamespace> hosts = new ArrayList<>();
    List<NetworkNamespace> sites = new ArrayList<>();
    NetworkNamespace wan = network.namespace("wan");
    String[] ports = new String[count];
    for (int site = 0; site < count; site++) {
      NetworkNamespace host = network.namespace("host" + site);
      NetworkNamespace router = network.namespace("site" + site);
      ports[site] = "port" + site;
      network.wire(host, "eth0", router, "eth1");
      network.wire(router, "eth0", wan, ports[site]);
      host.address("eth0", host(site) + "/24").route("default", "via", "10." + site + ".0.1");
      hosts.add(host);
      sites.add(router);
    }
    wan.bridge("wan", ports);
    return new Star(hosts, sites);
  }

  /** The address of the host at that site. */
  public static String host(int site) {
    return "10." + site + ".0.2";
  }

  /** The shipped configuration of spoke 1 as another spoke has it. */
  public static String spoke(String shipped, int number) {
    return shipped
        .replace("spoke-1", "spoke-" + number)
        .replace("192.0.2.2/24", "192.0.2." + (number + 1) + "/24")
        .replace("10.255.0.2/24", "10.255.0." + (number + 1) + "/24")
        .replace("10.1.0.", "10." + number + ".0.");
  }
}
