package dev.culvert.lab.demo;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A hub that knows none of its spokes beforehand: two come up and talk through it, a third joins
 * without a change at the hub, and the hub dies and returns. Runs on one thread; each step either
 * holds or ends the show.
 */
public final class HubAndSpokeDemo {
  private static final int SITES = 4;
  private static final int THIRD = 3;
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** Spokes may have to find out by dead peer detection that the hub has died. */
  private static final Duration RETURN_LIMIT = Duration.ofMinutes(2);

  /** Pings in a row, a second of them, after which something is said to work. */
  private static final int STEADY = 50;

  private static final List<String> TABLES =
      List.of(
          "show security ike active-peer",
          "show security ipsec security-associations",
          "show security ipsec next-hop-tunnels",
          "show rip neighbor",
          "show route protocol rip");

  private final Stage stage;
  private final Installation installation;

  public HubAndSpokeDemo(Installation installation, PrintStream out) {
    this.installation = installation;
    this.stage = new Stage(installation, out, List.of("hub", "spoke1", "spoke2", "spoke3"));
  }

  /**
   * Runs the whole of it; everything it made is removed at the end.
   *
   * @param keep leave routers and hosts running instead
   * @return the exit status
   */
  public int run(boolean keep) {
    return stage.run(network -> play(network, keep));
  }

  private void play(LabNetwork network, boolean keep) throws IOException, ControlException {
    stage.begin("building a hub's site and three spokes' on one Internet");
    Star star = Star.build(network, SITES);
    stage.narrator.quote(MAP);

    stage.begin("starting the hub with conf/hub-and-spoke-hub.conf, and two spokes");
    boolean hasZones = stage.hasZones();
    List<CulvertProcess> running = new ArrayList<>();
    CulvertProcess hub =
        launch(network, star, 0, "hub", stage.configuration("hub-and-spoke-hub.conf", hasZones));
    running.add(hub);
    String spoke = stage.configuration("hub-and-spoke-spoke.conf", hasZones);
    for (int site = 1; site < THIRD; site++) {
      running.add(launch(network, star, site, "spoke" + site, Star.spoke(spoke, site)));
    }
    hub.awaitCli(START_LIMIT, "show security ipsec security-associations", "tunnels: 2 ");
    stage.narrator.say("both have called, each with an identity of its own and one key for all");
    try (HostPinger pinger =
        HostPinger.start(star.hosts().get(1), star.hosts().get(2), Star.host(2))) {
      pinger.awaitAnswers(START_LIMIT, STEADY);
      stage.narrator.say(
          "host 1 to host 2, through the hub: " + pinger.since(pinger.mark() - STEADY));
      stage.show(hub, TABLES);
      running.add(join(network, star, hub, spoke));
      returns(hub, pinger);
    }
    if (keep) {
      stage.keep(
          network,
          running,
          List.of(
              "Ping from spoke 1's host to spoke 3's, through the hub:",
              "    ip netns exec " + star.hosts().get(1) + " ping " + Star.host(THIRD)));
      return;
    }
    stage.begin("stopping all routers (SIGTERM)");
    stage.stop(running);
    stage.begin("removing the sites");
  }

  private CulvertProcess launch(
      LabNetwork network, Star star, int site, String name, String configuration) {
    CulvertProcess router =
        CulvertProcess.launch(
            network, star.sites().get(site), name, configuration, installation.culvertd());
    router.awaitReady();
    stage.narrator.say(name + " runs, pid " + router.process().pid());
    return router;
  }

  private CulvertProcess join(LabNetwork network, Star star, CulvertProcess hub, String spoke)
      throws IOException, ControlException {
    stage.begin("a third spoke comes; nothing is changed at the hub");
    CulvertProcess third = launch(network, star, THIRD, "spoke3", Star.spoke(spoke, THIRD));
    try (HostPinger pinger =
        HostPinger.start(star.hosts().get(THIRD), star.hosts().get(0), Star.host(0))) {
      pinger.awaitAnswers(START_LIMIT, STEADY);
    }
    stage.narrator.say("its host reaches the hub's, and the others' the same way");
    stage.show(hub, List.of("show security ipsec next-hop-tunnels", "show route protocol rip"));
    stage.show(third, List.of("show route protocol rip"));
    return third;
  }

  private void returns(CulvertProcess hub, HostPinger pinger) throws ControlException {
    stage.begin("the hub dies (kill -9) and is started again");
    pinger.awaitAnswers(START_LIMIT, STEADY);
    int mark = pinger.mark();
    hub.kill();
    hub.restart();
    hub.awaitCli(RETURN_LIMIT, "show security ipsec security-associations", "tunnels: 3 ");
    pinger.awaitAnswers(RETURN_LIMIT, STEADY);
    stage.narrator.say("host 1 to host 2 again: " + pinger.since(mark));
    stage.show(hub, List.of("show security ipsec next-hop-tunnels", "show rip neighbor"));
  }

  private static final String MAP =
      """
      host1 10.1.0.2 --- spoke1 ===\\
      host2 10.2.0.2 --- spoke2 ====== hub --- host0 10.0.0.2
      host3 10.3.0.2 --- spoke3 ===//
      """;
}
