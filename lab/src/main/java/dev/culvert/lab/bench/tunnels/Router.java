package dev.culvert.lab.bench.tunnels;

import dev.culvert.lab.bench.contender.ProcessFiles;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;

/** One of the two routers, and what can be told of it from outside. Confined to one thread. */
final class Router {
  private final CulvertProcess process;
  private final VpnLog vpns;

  /**
   * @param manyPeers its tunnels are of one VPN
   */
  Router(CulvertProcess process, boolean manyPeers) {
    this.process = process;
    this.vpns = new VpnLog(process.process().logFile(), manyPeers);
  }

  boolean isReady() {
    requireAlive();
    return vpns.isReady();
  }

  int tunnelsUp() {
    requireAlive();
    return vpns.up();
  }

  double cpuSeconds() {
    return ProcessFiles.cpuSeconds(process.process().pid());
  }

  ProcessMemory memory() {
    return ProcessMemory.of(process.process().pid());
  }

  /** kill -9, and started again at once, as a supervisor would. */
  void crash() {
    process.kill();
    vpns.restart();
    process.relaunch();
  }

  void stop() {
    process.stop();
  }

  private void requireAlive() {
    if (!process.isAlive()) {
      throw new LabException(process.name() + " has ended\n" + process.log());
    }
  }
}
