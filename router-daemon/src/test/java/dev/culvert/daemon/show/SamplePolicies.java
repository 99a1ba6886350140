package dev.culvert.daemon.show;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.Policy;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.TreeMap;

/** Zones and policies of every kind. */
public final class SamplePolicies {
  private static final String TEXT =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.2/30; } } }
          eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
          eth2 { unit 0 { family inet { address 10.9.0.1/24; } } }
          eth3 { unit 0 { family inet { address 10.8.0.1/24; } } }
      }
      applications {
          application orders {
              protocol tcp;
              destination-port 8000-8010;
              inactivity-timeout 120;
          }
      }
      schedulers {
          scheduler office {
              daily { start-time 08:00:00 stop-time 17:00:00; }
          }
      }
      security {
          screen { ids-option outside { tcp { land; } } }
          address-book {
              global {
                  address lan 10.1.0.0/24;
                  address printers { range-address 10.1.0.10 { to { 10.1.0.20; } } }
                  address web { description "the shop"; 10.9.0.80/32; }
                  address shop { dns-name shop.example.com; }
                  address-set inside { address lan; address web; }
              }
          }
          policies {
              from-zone trust to-zone untrust {
                  policy no-printers {
                      match { source-address printers; destination-address any; application any; }
                      then { reject; }
                  }
                  policy office-hours {
                      match {
                          source-address lan;
                          destination-address web;
                          destination-address-excluded;
                          application [ junos-http junos-icmp-all ];
                      }
                      then { permit; log { session-init; session-close; } count; }
                      scheduler-name office;
                  }
                  policy out {
                      description "everybody";
                      match { source-address inside; destination-address any; application any; }
                      then { permit; }
                  }
                  policy never {
                      match { source-address lan; destination-address web; application orders; }
                      then { deny; }
                  }
              }
              from-zone untrust to-zone trust {
                  policy orders {
                      match {
                          source-address shop;
                          destination-address web;
                          application orders;
                      }
                      then {
                          permit {
                              tcp-options { initial-tcp-mss 1300; syn-check-required; }
                          }
                      }
                  }
              }
              global {
                  policy ping {
                      match {
                          source-address any;
                          destination-address any;
                          application junos-ping;
                          from-zone trust;
                      }
                      then { permit; }
                  }
              }
          }
          zones {
              functional-zone management {
                  interfaces { eth2.0; }
                  host-inbound-traffic { system-services { ssh; } }
              }
              security-zone untrust {
                  description "the Internet";
                  screen outside;
                  tcp-rst;
                  interfaces { eth0.0 { host-inbound-traffic { system-services { ike; } } } }
              }
              security-zone trust {
                  host-inbound-traffic {
                      system-services { all; }
                      protocols { ospf; bgp; }
                  }
                  interfaces { eth1.0; eth3.0; }
              }
          }
      }
      """;

  private static final FirewallConfig CONFIG = read();

  /** In the evening, with no answer for any name. */
  public static final PolicyViews VIEWS =
      new PolicyViews(
          CONFIG,
          CONFIG.effective(LocalDateTime.of(2026, 3, 2, 20, 0), name -> AddressSet.EMPTY),
          name -> AddressSet.EMPTY,
          hits());

  private SamplePolicies() {}

  private static FirewallConfig read() {
    Diagnostics diagnostics = new Diagnostics();
    FirewallConfig config = RouterConfigReader.read("sample", TEXT, diagnostics).firewall();
    if (diagnostics.hasErrors()) {
      throw new IllegalStateException(diagnostics.findings().toString());
    }
    return config;
  }

  /** 11 of the first, 22 of the second, and so on; 5 by default. */
  private static Map<String, Long> hits() {
    Map<String, Long> hits = new TreeMap<>();
    long count = 0;
    for (Policy policy : CONFIG.ruleset().policies().all()) {
      count += 11;
      hits.put(CounterNames.policy(policy.index()), count);
    }
    hits.put(CounterNames.DEFAULT_POLICY, 5L);
    return hits;
  }
}
