package dev.culvert.lab.demo;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/**
 * The demonstration over the real kernel: two sites come up, their primary path fails in silence,
 * comes back, and all is removed. Runs on one thread; each step either holds or ends the show.
 */
public final class NetworkDemo {
  /** 500 ms of pings; BFD at 50 ms x 3 notices in 150. */
  static final int ACCEPTED_LOSS = 25;

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration SWITCH_LIMIT = Duration.ofSeconds(20);

  /** An OSPF hello of 10 s may have to come first. */
  private static final Duration RETURN_LIMIT = Duration.ofSeconds(45);

  private static final String PRIMARY = "st0.0";
  private static final String BACKUP = "st0.1";
  private static final String BRANCH_LAN = "10.1.0.0/24";
  private static final String HUB_LAN = "10.2.0.0/24";

  /**
   * Pings before the cut that are looked at too, so that the silence is measured from its start.
   */
  private static final int BEFORE = 5;

  private static final List<String> TABLES =
      List.of(
          "show interfaces terse",
          "show security ike security-associations",
          "show security ipsec security-associations",
          "show ospf neighbor",
          "show bfd session",
          "show bgp summary",
          "show route protocol ospf",
          "show route protocol bgp");

  private static final List<String> POLICY_TABLES = List.of("show security policies hit-count");

  private static final String HUB_HOST = TwoSites.HUB_HOST;
  private static final int HTTP = 80;
  private static final int TELNET = 23;

  private final Stage stage;
  private final Narrator narrator;
  private final Installation installation;

  public NetworkDemo(Installation installation, PrintStream out) {
    this.installation = installation;
    this.stage = new Stage(installation, out, List.of("branch", "hub"));
    this.narrator = stage.narrator;
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
    begin("building two sites with two Internet paths between them");
    TwoSites sites = TwoSites.build(network);
    narrator.quote(MAP);

    begin("starting two culvertd with conf/branch.conf and conf/hub.conf");
    boolean hasZones = stage.hasZones();
    TwoSites.Routers routers =
        sites.start(
            stage.configuration("branch.conf", hasZones),
            stage.configuration("hub.conf", hasZones),
            installation.culvertd());
    for (CulvertProcess router : routers.both()) {
      narrator.say(router.name() + " runs, pid " + router.process().pid());
    }

    begin("waiting for tunnels, OSPF, BFD and BGP");
    awaitConverged(sites, routers);
    try (HostPinger pinger =
        HostPinger.start(sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST)) {
      pinger.awaitAnswers(START_LIMIT, 50);
      narrator.say("host to host: " + pinger.since(pinger.mark() - 50));
      for (CulvertProcess router : routers.both()) {
        show(router, TABLES);
      }
      if (hasZones) {
        connect(sites, routers);
      }
      cut(sites, routers, pinger);
      heal(sites, routers, pinger);
    }
    if (keep) {
      keep(network, sites, routers);
    } else {
      stop(routers);
    }
  }

  private void connect(TwoSites sites, TwoSites.Routers routers) throws ControlException {
    begin("opening two connections from host to host: HTTP is permitted, telnet is not");
    String http = HostConnection.attempt(sites.branchHost(), sites.hubHost(), HUB_HOST, HTTP);
    narrator.say("port " + HTTP + ": " + http);
    String telnet = HostConnection.attempt(sites.branchHost(), sites.hubHost(), HUB_HOST, TELNET);
    narrator.say("port " + TELNET + ": " + telnet);
    show(routers.branch(), POLICY_TABLES);
    if (!http.equals(HostConnection.OPENED) || telnet.equals(HostConnection.OPENED)) {
      throw new LabException("the policies do not decide");
    }
  }

  private void awaitConverged(TwoSites sites, TwoSites.Routers routers) {
    for (CulvertProcess router : routers.both()) {
      String name = router.name();
      router.awaitCli(
          START_LIMIT, "show security ipsec security-associations", "Total active tunnels: 2");
      narrator.say(name + ": both IPsec tunnels are up");
      awaitNeighbors(router);
      narrator.say(name + ": OSPF is Full over both tunnels, watched by BFD");
      router.awaitCli(START_LIMIT, "show bgp summary", "Establ");
      router.awaitCli(START_LIMIT, "show route protocol bgp", "*[BGP/");
      narrator.say(name + ": BGP is established and brings the second LAN");
    }
    awaitKernelRoutes(sites, PRIMARY, START_LIMIT);
    checkSecondLan(sites);
  }

  private void awaitNeighbors(CulvertProcess router) {
    awaitCount(router, "show ospf neighbor", " Full ", 2);
    awaitCount(router, "show bfd session", " Up ", 2);
  }

  private void awaitCount(CulvertProcess router, String command, String text, int count) {
    Await.until(
        START_LIMIT,
        router.name() + ": " + count + " x \"" + text.strip() + "\" in " + command,
        () -> router.cli(command).lines().filter(line -> line.contains(text)).count() == count);
  }

  private void awaitKernelRoutes(TwoSites sites, String tunnel, Duration limit) {
    Await.until(
        limit,
        "kernel routes over " + tunnel + " on both routers",
        () ->
            usesOnly(sites.branch(), HUB_LAN, tunnel) && usesOnly(sites.hub(), BRANCH_LAN, tunnel));
  }

  private static boolean usesOnly(NetworkNamespace router, String lan, String tunnel) {
    String routes = router.ip("route", "show", lan);
    return !routes.isBlank() && routes.lines().allMatch(r -> r.contains("dev " + tunnel + " "));
  }

  private void checkSecondLan(TwoSites sites) {
    try (HostPinger pinger =
        HostPinger.start(sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST_SECOND_LAN)) {
      pinger.awaitAnswers(START_LIMIT, 5);
      narrator.say("the second LAN, announced by BGP, answers: " + TwoSites.HUB_HOST_SECOND_LAN);
    } catch (IOException e) {
      throw new LabException("cannot close a socket", e);
    }
  }

  private void cut(TwoSites sites, TwoSites.Routers routers, HostPinger pinger)
      throws ControlException {
    begin("cutting path A in silence: no link goes down, packets vanish");
    // On a busy machine a neighbor may have been lost and found since the start.
    routers.both().forEach(this::awaitNeighbors);
    awaitKernelRoutes(sites, PRIMARY, RETURN_LIMIT);
    int mark = pinger.mark() - BEFORE;
    sites.cutPathA();
    awaitKernelRoutes(sites, BACKUP, SWITCH_LIMIT);
    pinger.awaitAnswers(SWITCH_LIMIT, 50);
    ProbeReport report = pinger.since(mark);
    narrator.say(
        "both routers went over to "
            + BACKUP
            + ": "
            + report.lost()
            + " pings lost, silence of "
            + report.gapMillis()
            + " ms");
    narrator.say(report.toString());
    show(
        routers.branch(),
        List.of("show ospf neighbor", "show bfd session", "show route " + TwoSites.HUB_HOST));
    if (report.lost() > ACCEPTED_LOSS) {
      throw new LabException("more than " + ACCEPTED_LOSS + " pings were lost");
    }
  }

  private void heal(TwoSites sites, TwoSites.Routers routers, HostPinger pinger)
      throws ControlException {
    begin("healing path A; OSPF says hello every 10 s, so this takes a moment");
    int mark = pinger.mark();
    sites.healPathA();
    awaitKernelRoutes(sites, PRIMARY, RETURN_LIMIT);
    pinger.awaitAnswers(SWITCH_LIMIT, 50);
    ProbeReport report = pinger.since(mark);
    narrator.say("both routers are back on " + PRIMARY + ": " + report.lost() + " pings lost");
    narrator.say(report.toString());
    show(routers.branch(), List.of("show route " + TwoSites.HUB_HOST));
  }

  private void stop(TwoSites.Routers routers) {
    begin("stopping both routers (SIGTERM)");
    stage.stop(routers.both());
    begin("removing the two sites");
  }

  private void keep(LabNetwork network, TwoSites sites, TwoSites.Routers routers)
      throws IOException {
    stage.keep(
        network,
        routers.both(),
        List.of(
            "Cut path A, and heal it with 1 instead of 0:",
            "    ip netns exec "
                + sites.pathA()
                + " sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'"));
  }

  private void begin(String what) {
    stage.begin(what);
  }

  private void show(CulvertProcess router, List<String> commands) throws ControlException {
    stage.show(router, commands);
  }

  private static final String MAP =
      """
      branch-host --- branch ===== path A, st0.0 ===== hub --- hub-host
      10.1.0.10             \\\\==== path B, st0.1 ====//        10.2.0.10
      """;
}
