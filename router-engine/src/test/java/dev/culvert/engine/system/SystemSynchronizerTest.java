package dev.culvert.engine.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.system.ModelSystem.Device;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SystemSynchronizerTest {
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final String LAN =
      "interfaces { eth0 { unit 0 { family inet { address 10.1.0.1/24; } } } }";
  private static final String LAN_MTU =
      "interfaces { eth0 { mtu 1400; unit 0 { family inet { address 10.1.0.1/24; } } } }";
  private static final String LAN_DISABLED =
      "interfaces { eth0 { disable; unit 0 { family inet { address 10.1.0.1/24; } } } }";
  private static final String NOTHING = "system { host-name test; }";
  private static final String LAN_INET6 =
      "interfaces { eth0 { unit 0 { family inet6 { address fd00::1/64; } } } }";
  private static final String FORWARDING = "ipv6/conf/all/forwarding";

  private final ModelSystem model = new ModelSystem();

  // --- Devices of others -------------------------------------------------------------------------

  @Test
  void nothingIsTouchedBeforeThereIsAConfiguration() {
    Device lan = model.plug("eth0");
    model.add(lan, "10.1.0.9/24");

    model.pass(Duration.ofMinutes(5));

    assertThat(model.asked).isEmpty();
    assertThat(model.reads).isZero();
  }

  @Test
  void aDeviceGetsWhatIsConfiguredAndNothingElseIsTouched() {
    Device lan = model.plug("eth0");
    model.add(lan, "172.31.9.9/24");
    Device other = model.plug("eth1");

    model.configure(LAN_MTU);

    assertThat(lan.up).isTrue();
    assertThat(lan.mtu).isEqualTo(1400);
    assertThat(model.addresses("eth0")).containsExactlyInAnyOrder("10.1.0.1/24", "172.31.9.9/24");
    assertThat(other.up).isFalse();
    assertThat(model.problems()).isEmpty();
    assertThat(model.takeAsked()).hasSize(4);

    model.configure(LAN_MTU);
    model.pass(Duration.ofMinutes(10));
    assertThat(model.asked).as("all is as it should be").isEmpty();
  }

  @Test
  void aDeviceThatIsNotThereIsToldOfAndConfiguredWhenItComes() {
    model.configure(LAN);
    assertThat(model.problems()).containsExactly(entry("Interface eth0.0", "there is no eth0"));
    assertThat(model.tags()).contains("INTERFACE_MISSING");

    Device lan = model.plug("eth0");
    model.settle();

    assertThat(lan.up).isTrue();
    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
    assertThat(model.problems()).isEmpty();
    assertThat(model.tags()).contains("INTERFACE_FOUND");
  }

  @Test
  void aDeviceThatIsRenamedIsToldOfAndWhatWasOursOnItIsTakenAway() {
    Device lan = model.plug("eth0");
    model.configure(LAN);
    model.add(lan, "172.31.9.9/24");

    model.rename(lan, "wan0");
    model.settle();

    assertThat(model.problems()).containsKey("Interface eth0.0");
    assertThat(model.addresses("wan0")).containsExactly("172.31.9.9/24");

    model.rename(lan, "eth0");
    model.settle();

    assertThat(model.problems()).isEmpty();
    assertThat(model.addresses("eth0")).containsExactlyInAnyOrder("10.1.0.1/24", "172.31.9.9/24");
  }

  @Test
  void aLinkThatSomebodySetsDownIsSomebodysWillAndTheOperatorIsTold() {
    Device lan = model.plug("eth0");
    model.configure(LAN);

    model.setUp(lan, false);
    model.pass(Duration.ofMinutes(5));

    assertThat(lan.up).isFalse();
    assertThat(model.problems())
        .containsExactly(entry("Interface eth0.0", "is down, set by somebody else"));
    assertThat(model.tags()).contains("INTERFACE_LINK_CHANGED");

    model.setUp(lan, true);
    model.settle();
    assertThat(model.problems()).isEmpty();

    model.setUp(lan, false);
    model.settle();
    model.configure(LAN);
    assertThat(lan.up).as("a commit is our operator's will").isTrue();
    assertThat(model.problems()).isEmpty();
  }

  @Test
  void anMtuThatSomebodyChangesIsSetAgain() {
    Device lan = model.plug("eth0");
    model.configure(LAN_MTU);

    model.setMtu(lan, 1300);
    model.settle();

    assertThat(lan.mtu).isEqualTo(1400);
  }

  @Test
  void withoutAConfiguredMtuThereIsAgainWhatWasThereBefore() {
    Device lan = model.plug("eth0");
    model.setMtu(lan, 9000);
    model.configure(LAN_MTU);
    assertThat(lan.mtu).isEqualTo(1400);

    model.configure(LAN);
    assertThat(lan.mtu).isEqualTo(9000);

    model.configure(LAN_MTU);
    model.configure(NOTHING);
    assertThat(lan.mtu).isEqualTo(9000);

    model.setMtu(lan, 1200);
    model.settle();
    assertThat(lan.mtu).as("from here on nobody asks for another").isEqualTo(1200);
  }

  @Test
  void whatSomebodyHasChangedSinceIsNotRestored() {
    Device lan = model.plug("eth0");
    model.configure(LAN_MTU);
    model.refused = operation -> operation instanceof SystemOperation.SetMtu;
    model.setMtu(lan, 1280);
    model.settle();

    model.refused = operation -> false;
    model.configure(LAN);

    assertThat(lan.mtu).isEqualTo(1280);
  }

  @Test
  void withoutDisableTheLinkIsUpAgainIfItWasBefore() {
    Device lan = model.plug("eth0");
    Device down = model.plug("eth1");
    model.setUp(lan, true);
    String both = "interfaces { eth0 { disable; } eth1 { disable; } }";
    model.configure(both);
    assertThat(lan.up).isFalse();

    model.configure(NOTHING);

    assertThat(lan.up).isTrue();
    assertThat(down.up).as("it was down before").isFalse();

    model.configure(LAN_DISABLED);
    assertThat(lan.up).isFalse();
    model.configure(LAN);
    assertThat(lan.up).isTrue();
  }

  // --- Addresses ---------------------------------------------------------------------------------

  @Test
  void anAddressThatSomebodyRemovesIsThereAgain() {
    Device lan = model.plug("eth0");
    model.configure(LAN);

    model.remove(lan, "10.1.0.1/24");
    model.settle();

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
    assertThat(model.tags()).contains("INTERFACE_ADDRESS_LOST");
  }

  @Test
  void whoKeepsRemovingAnAddressMeetsARouterThatTakesItsTime() {
    Device lan = model.plug("eth0");
    model.configure(LAN);
    model.takeAsked();

    for (int i = 0; i < 1000; i++) {
      if (lan.addresses.isEmpty()) {
        model.pass(Duration.ofMillis(100));
      } else {
        model.remove(lan, "10.1.0.1/24");
        model.settle();
      }
    }
    assertThat(model.takeAsked().size()).as("in a hundred seconds").isBetween(5, 60);

    model.pass(Attempts.LAST_RETRY);
    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
  }

  @Test
  void onlyOursAreTakenAway() {
    Device lan = model.plug("eth0");
    model.configure(LAN);
    model.add(lan, "10.1.0.9/24");

    model.configure("interfaces { eth0 { unit 0 { family inet { address 10.1.0.2/24; } } } }");
    assertThat(model.addresses("eth0")).containsExactlyInAnyOrder("10.1.0.2/24", "10.1.0.9/24");
    assertThat(model.tags()).contains("INTERFACE_ADDRESS_REMOVED");

    model.configure(NOTHING);
    assertThat(model.addresses("eth0")).containsExactly("10.1.0.9/24");
  }

  @Test
  void whatAnEarlierRunHasPutThereGoesAlsoFromADeviceThatIsNotConfigured() {
    Device lan = model.plug("eth0");
    lan.addresses.put(InterfaceAddress.of("10.1.0.1/24"), true);
    model.add(lan, "10.1.0.9/24");

    model.configure(NOTHING);

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.9/24");
  }

  @Test
  void anAddressThatSomebodyElseHasIsNotOurs() {
    Device lan = model.plug("eth0");
    model.add(lan, "10.1.0.1/24");
    model.configure(LAN);

    model.configure(NOTHING);

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
  }

  @Test
  void anIpv6AddressMakesRoomForItselfWithAnotherLength() {
    model.plug("eth0");
    model.configure("interfaces { eth0 { unit 0 { family inet6 { address fd00::1/64; } } } }");

    model.configure("interfaces { eth0 { unit 0 { family inet6 { address fd00::1/48; } } } }");

    assertThat(model.addresses("eth0")).containsExactly("fd00::1/48");
    assertThat(model.problems()).isEmpty();
  }

  @Test
  void aForeignIpv6AddressInTheWayIsToldOfAndStays() {
    Device lan = model.plug("eth0");
    model.add(lan, "fd00::1/64");

    model.configure("interfaces { eth0 { unit 0 { family inet6 { address fd00::1/48; } } } }");
    model.pass(Duration.ofMinutes(3));

    assertThat(model.addresses("eth0")).containsExactly("fd00::1/64");
    assertThat(model.problems())
        .containsExactly(
            entry("Interface eth0.0, address fd00::1/48", "somebody else's fd00::1/64 is there"));
    assertThat(model.notices)
        .filteredOn(notice -> notice.tag().equals("SYSTEM_CHANGE_FAILED"))
        .as("once")
        .hasSize(1);

    model.remove(lan, "fd00::1/64");
    model.settle();
    assertThat(model.addresses("eth0")).containsExactly("fd00::1/48");
    assertThat(model.problems()).isEmpty();
  }

  // --- Tunnels -----------------------------------------------------------------------------------

  @Test
  void aTunnelIsMadeWithAllItHasAndFollowsItsOuterInterface() {
    Device outer = model.plug("eth0");
    model.system.tunnelChanged(TUNNEL, true);
    model.configure(ModelSystem.VPN);

    Device tunnel = model.device("st0.0");
    assertThat(tunnel.up).isTrue();
    assertThat(tunnel.carrier).as("up before the device was there").isTrue();
    assertThat(tunnel.mtu).isEqualTo(1438);
    assertThat(model.addresses("st0.0")).containsExactly("172.16.0.1/30");
    assertThat(model.switches.get("ipv4/conf/st0.0/rp_filter")).isZero();
    assertThat(model.switches.get("ipv6/conf/st0.0/accept_ra")).isZero();
    model.takeAsked();

    model.setMtu(outer, 1400);
    model.settle();
    assertThat(model.takeAsked())
        .as("the data path first")
        .containsExactly(
            new SystemOperation.SetTunnel(TUNNEL, new TunnelSettings(1338, 0)),
            new SystemOperation.SetMtu(TUNNEL, tunnel.index, 1338));

    model.system.pathMtuChanged(TUNNEL, 1300);
    model.settle();
    assertThat(tunnel.mtu).isEqualTo(1238);
    model.system.pathMtuChanged(TUNNEL, 0);
    model.settle();
    assertThat(tunnel.mtu).isEqualTo(1338);

    model.unplug(outer);
    model.settle();
    assertThat(tunnel.mtu).isEqualTo(TunnelMtu.WITHOUT_VPN);
  }

  @Test
  void anotherMssIsToldToTheDataPath() {
    model.plug("eth0");
    model.configure(ModelSystem.VPN);
    model.takeAsked();

    model.configure(ModelSystem.VPN + "security { flow { tcp-mss { ipsec-vpn { mss 1200; } } } }");

    assertThat(model.takeAsked())
        .containsExactly(new SystemOperation.SetTunnel(TUNNEL, new TunnelSettings(1438, 1200)));
  }

  @Test
  void aTunnelDeviceThatSomebodyDeletesRenamesOrSetsDownIsAsItWas() {
    model.plug("eth0");
    model.configure(ModelSystem.VPN);
    model.system.tunnelChanged(TUNNEL, true);
    model.settle();

    model.unplug(model.device("st0.0"));
    model.settle();
    assertTunnelIsWhole();
    assertThat(model.tags()).contains("TUNNEL_DEVICE_LOST");

    Device renamed = model.device("st0.0");
    model.rename(renamed, "mine");
    model.settle();
    assertThat(model.device("st0.0")).isNotSameAs(renamed);
    assertTunnelIsWhole();

    model.setUp(model.device("st0.0"), false);
    model.settle();
    assertTunnelIsWhole();

    model.pass(Duration.ofMinutes(2));
    model.devices.remove(model.device("st0.0").index);
    model.system.newsLost();
    model.settle();
    assertTunnelIsWhole();
  }

  private void assertTunnelIsWhole() {
    Device tunnel = model.device("st0.0");
    assertThat(tunnel.up).isTrue();
    assertThat(tunnel.carrier).isTrue();
    assertThat(tunnel.mtu).isEqualTo(1438);
    assertThat(model.addresses("st0.0")).containsExactly("172.16.0.1/30");
    assertThat(model.problems()).isEmpty();
  }

  @Test
  void aTunnelThatIsConfiguredNoLongerGoes() {
    model.plug("eth0");
    model.configure(ModelSystem.VPN);

    model.configure(NOTHING);

    assertThat(model.devices.values()).extracting(d -> d.name.toString()).doesNotContain("st0.0");
    assertThat(model.addresses("eth0")).isEmpty();
  }

  @Test
  void oneTunnelsChangeAsksNothingOfOthers() {
    StringBuilder units = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      units.append("unit ").append(i).append(" { family inet { address 172.16.");
      units.append(i).append(".1/30; } } ");
    }
    model.configure("interfaces { st0 { " + units + " } }");
    model.takeAsked();

    model.system.tunnelChanged(InterfaceName.of("st0.7"), true);
    model.settle();

    assertThat(model.takeAsked())
        .containsExactly(new SystemOperation.SetCarrier(InterfaceName.of("st0.7"), true));
  }

  // --- Failures ----------------------------------------------------------------------------------

  @Test
  void whatFailsIsTriedAgainLaterAndLaterAndToldOfOnce() {
    model.refused = operation -> operation instanceof SystemOperation.OpenTunnel;
    model.configure(ModelSystem.VPN);
    assertThat(model.problems())
        .containsEntry("Interface st0.0, device", "in use by another process");

    model.pass(Duration.ofMinutes(10));

    assertThat(model.takeAsked().stream().filter(SystemOperation.OpenTunnel.class::isInstance))
        .as("after 1, 2, 4 … 64 seconds, and then each 64")
        .hasSizeBetween(14, 17);
    assertThat(model.notices.stream().filter(n -> n.tag().equals("SYSTEM_CHANGE_FAILED")))
        .hasSize(1);

    model.refused = operation -> false;
    model.pass(Attempts.LAST_RETRY);
    assertThat(model.addresses("st0.0")).containsExactly("172.16.0.1/30");
    assertThat(model.problems()).doesNotContainKey("Interface st0.0, device");
    assertThat(model.tags()).contains("SYSTEM_CHANGE_RECOVERED");
  }

  @Test
  void whatFailsForOneSpoilsNoOther() {
    model.plug("eth0");
    model.plug("eth1");
    model.refused =
        operation ->
            operation instanceof SystemOperation.OfInterface change
                && change.name().equals(InterfaceName.of("eth0.0"));

    model.configure(
        "interfaces { eth0 { unit 0 { family inet { address 10.1.0.1/24; } } }"
            + " eth1 { unit 0 { family inet { address 10.2.0.1/24; } } } }");

    assertThat(model.addresses("eth0")).isEmpty();
    assertThat(model.addresses("eth1")).containsExactly("10.2.0.1/24");
  }

  @Test
  void aFailureThatIsWantedNoMoreIsForgotten() {
    model.plug("eth0");
    model.refused = operation -> operation instanceof SystemOperation.AddAddress;
    model.configure(LAN);
    assertThat(model.problems()).isNotEmpty();

    model.configure(NOTHING);

    assertThat(model.problems()).isEmpty();
    model.takeAsked();
    model.pass(Duration.ofMinutes(5));
    assertThat(model.asked).isEmpty();
  }

  @Test
  void aCommitTriesAgainAtOnce() {
    model.plug("eth0");
    model.refused = operation -> true;
    model.configure(LAN);
    model.pass(Duration.ofMinutes(5));

    model.refused = operation -> false;
    model.configure(LAN);

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
  }

  @Test
  void whatCannotBeReadIsReadLater() {
    model.plug("eth0");
    model.readsFail = true;
    model.configure(LAN);
    model.pass(Duration.ofSeconds(5));
    assertThat(model.asked).as("nothing is decided blindly but a switch").hasSize(1);

    model.readsFail = false;
    model.pass(Duration.ofSeconds(10));

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
  }

  @Test
  void whatNoNotificationToldOfIsFoundByTheComparison() {
    Device lan = model.plug("eth0");
    model.configure(LAN);
    lan.addresses.clear();
    model.switches.put("ipv4/ip_forward", 0);

    model.pass(SystemSynchronizer.COMPARISON_INTERVAL);

    assertThat(model.addresses("eth0")).containsExactly("10.1.0.1/24");
    assertThat(model.switches.get("ipv4/ip_forward")).isOne();
  }

  @Test
  void afterTheEndNothingIsDone() {
    Device lan = model.plug("eth0");
    model.configure(LAN);
    model.takeAsked();

    model.system.stop();
    model.remove(lan, "10.1.0.1/24");
    model.pass(Duration.ofMinutes(5));

    assertThat(model.asked).isEmpty();
    assertThat(model.system.nextDeadline()).isNull();
  }

  // --- Switches and rules ------------------------------------------------------------------------

  @Test
  void forwardingThatSomebodyTurnsOffIsTurnedOnAndToldOf() {
    model.configure(LAN_INET6);
    assertThat(model.switches.values()).containsOnly(1);
    assertThat(model.tags()).doesNotContain("SYSTEM_SWITCH_CHANGED");

    model.switches.put("ipv6/conf/all/forwarding", 0);
    model.pass(SystemSynchronizer.COMPARISON_INTERVAL);

    assertThat(model.switches.values()).containsOnly(1);
    assertThat(model.tags()).contains("SYSTEM_SWITCH_CHANGED");
  }

  @Test
  void aSwitchThatTheKernelDoesNotHaveIsNotMissed() {
    model.switches.remove(FORWARDING);

    model.configure(LAN_INET6);
    model.pass(Duration.ofMinutes(5));

    assertThat(model.problems()).containsOnlyKeys("Interface eth0.0");
    assertThat(model.switches).containsOnlyKeys("ipv4/ip_forward");
  }

  @Test
  void aSwitchThatCannotBeTurnedIsAProblem() {
    model.refused = operation -> operation instanceof SystemOperation.SetSwitch;
    model.plug("eth0").up = true;
    model.configure(LAN_INET6);

    assertThat(model.problems())
        .containsOnlyKeys(
            "Kernel, net.ipv4.ip_forward=1", "Kernel, net.ipv6.conf.all.forwarding=1");

    model.refused = operation -> false;
    model.pass(Duration.ofSeconds(2));
    assertThat(model.problems()).isEmpty();
  }

  /** A host that becomes a router loses what it has from router advertisements. */
  @Test
  void whereNothingOfIpv6IsConfiguredItIsNotForwarded() {
    model.plug("eth0");
    model.configure(LAN);
    model.pass(Duration.ofMinutes(5));
    assertThat(model.switches).containsEntry(FORWARDING, 0);

    model.configure("routing-options { rib inet6.0 { static { route ::/0 discard; } } }");
    assertThat(model.switches).containsEntry(FORWARDING, 1);
  }

  @Test
  void whoListensToRouterAdvertisementsStillDoesWhenForwardingIsTurnedOn() {
    plug("eth0", 1, 0);
    plug("wan0", 1, 0);
    plug("deaf0", 0, 0);
    plug("router0", 1, 1);

    model.configure(LAN_INET6);

    assertThat(model.takeAsked())
        .filteredOn(change -> change instanceof SystemOperation.SetSwitch)
        .filteredOn(change -> change.describe().contains("ipv6"))
        .containsExactly(
            new SystemOperation.SetSwitch("ipv6/conf/wan0/accept_ra", 2),
            new SystemOperation.SetSwitch(FORWARDING, 1));

    model.switches.put("ipv6/conf/wan0/accept_ra", 0);
    plug("late0", 1, 1);
    model.pass(Duration.ofMinutes(5));
    assertThat(model.switches)
        .as("what somebody sets then is left alone")
        .containsEntry("ipv6/conf/wan0/accept_ra", 0)
        .containsEntry("ipv6/conf/late0/accept_ra", 1);
  }

  @Test
  void forwardingIsNotTurnedOnBeforeThoseWhoListenAreSafe() {
    Device wan = plug("wan0", 1, 0);
    model.refused = change -> change.describe().contains("wan0");
    model.configure(LAN_INET6);
    model.pass(Duration.ofMinutes(2));
    assertThat(model.switches).containsEntry(FORWARDING, 0);
    assertThat(model.problems()).containsKey("Kernel, net.ipv6.conf.wan0.accept_ra=2");

    model.unplug(wan);
    model.pass(Attempts.LAST_RETRY);
    assertThat(model.switches).containsEntry(FORWARDING, 1);
    assertThat(model.problems()).doesNotContainKey("Kernel, net.ipv6.conf.wan0.accept_ra=2");
  }

  @Test
  void whereForwardingIsOnAlreadyNobodyListens() {
    model.switches.put(FORWARDING, 1);
    plug("wan0", 1, 0);
    model.configure(LAN_INET6);
    assertThat(model.switches).containsEntry("ipv6/conf/wan0/accept_ra", 1);
  }

  private Device plug(String name, int acceptRa, int forwarding) {
    model.switches.put("ipv6/conf/" + name + "/accept_ra", acceptRa);
    model.switches.put("ipv6/conf/" + name + "/forwarding", forwarding);
    return model.plug(name);
  }

  @Test
  void aRuleAheadOfOurRoutesIsToldOfAndNotTouched() {
    model.configure(NOTHING);
    assertThat(model.problems()).isEmpty();
    KernelRule rule = KernelRule.all(AddressFamily.INET, 100, 77);

    model.rules.add(rule);
    model.system.rulesChanged();
    model.settle();

    assertThat(model.problems()).containsOnlyKeys("IPv4 rule 100: from all lookup 77");
    assertThat(model.tags()).contains("FIB_FOREIGN_RULE");

    model.rules.remove(rule);
    model.system.rulesChanged();
    model.settle();
    assertThat(model.problems()).isEmpty();
    assertThat(model.tags()).contains("FIB_FOREIGN_RULE_GONE");
  }

  @Test
  void rulesOfTheSystemAreNoProblemAndNoneIsMissed() {
    model.configure(NOTHING);
    model.rules.removeIf(r -> r.family() == AddressFamily.INET6);
    model.rules.add(KernelRule.all(AddressFamily.INET, 32_767, KernelRule.DEFAULT));
    model.system.rulesChanged();
    model.settle();
    assertThat(model.problems()).as("a kernel without IPv6").isEmpty();

    model.rules.removeIf(KernelRule::asksMainTable);
    model.system.rulesChanged();
    model.settle();
    assertThat(model.problems()).containsKey("IPv4 rules");
  }

  @Test
  void whoHasChosenItsPacketsMayRouteThemAsItLikes() {
    model.configure(NOTHING);
    for (KernelRule.Scope scope : List.of(KernelRule.Scope.CHOSEN, KernelRule.Scope.SOME)) {
      model.rules.add(
          new KernelRule(
              AddressFamily.INET, 50, scope.name(), scope, KernelRule.Action.TABLE, 77, false));
    }
    model.rules.add(
        new KernelRule(
            AddressFamily.INET,
            60,
            "from all",
            KernelRule.Scope.EVERY_PACKET,
            KernelRule.Action.TABLE,
            KernelRule.MAIN,
            true));
    model.system.rulesChanged();
    model.settle();

    assertThat(model.problems()).containsOnlyKeys("IPv4 rule 50: SOME lookup 77");
  }
}
