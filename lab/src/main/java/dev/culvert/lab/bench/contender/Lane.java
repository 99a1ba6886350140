package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One contender, running on a path of its own; closing it removes both. All contenders of a pass
 * run side by side and idle while another is measured, so that each measurement can go through them
 * within seconds. Confined to one thread.
 */
public final class Lane implements AutoCloseable {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
  private static final Pattern QUEUE_LENGTH = Pattern.compile(" qlen (\\d+)");

  private final Contender contender;
  private final BenchPath path;
  private final Gateways gateways;
  private int programs;

  private Lane(Contender contender, BenchPath path, Gateways gateways) {
    this.contender = contender;
    this.path = path;
    this.gateways = gateways;
  }

  /**
   * Builds the path, starts the gateways and waits until packets get through.
   *
   * @param tunnelQueue the length of the tunnel devices' queues, if not the programs' own choice
   */
  public static Lane open(Contender contender, boolean offload, OptionalInt tunnelQueue) {
    BenchPath path = BenchPath.build(offload);
    try {
      Gateways gateways = contender.start(path);
      Lane lane = new Lane(contender, path, gateways);
      Await.until(
          CONNECT_LIMIT, contender.name() + " to connect", path::isConnected, lane::evidence);
      tunnelQueue.ifPresent(lane::setTunnelQueue);
      return lane;
    } catch (RuntimeException e) {
      path.close();
      throw e;
    }
  }

  private String evidence() {
    StringBuilder logs = new StringBuilder();
    gateways.programs().forEach(program -> logs.append(program.log()).append('\n'));
    return logs.toString();
  }

  /** How many packets a tunnel device's queue takes; none without tunnels. */
  public OptionalInt tunnelQueue() {
    if (gateways.tunnels().isEmpty()) {
      return OptionalInt.empty();
    }
    String shown = path.gatewayA().ip("-o", "link", "show", gateways.tunnels().getFirst());
    return queueLength(shown);
  }

  static OptionalInt queueLength(String shown) {
    Matcher matcher = QUEUE_LENGTH.matcher(shown);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  public void setTunnelQueue(int packets) {
    List<NetworkNamespace> machines = List.of(path.gatewayA(), path.gatewayB());
    for (int i = 0; i < gateways.tunnels().size(); i++) {
      String device = gateways.tunnels().get(i);
      machines.get(i).ip("link", "set", device, "txqueuelen", Integer.toString(packets));
    }
  }

  public Contender contender() {
    return contender;
  }

  public BenchPath path() {
    return path;
  }

  public Gateways gateways() {
    return gateways;
  }

  /** Starts a load generator on a machine of the path. */
  public LabProcess start(NetworkNamespace machine, String name, List<String> command) {
    return path.start(machine, name + "-" + ++programs, command, Map.of());
  }

  /** Processor time of both gateways so far, user and system, in seconds. */
  public double cpuSeconds() {
    return gateways.programs().stream()
        .mapToDouble(program -> ProcessFiles.cpuSeconds(program.pid()))
        .sum();
  }

  public boolean isAlive() {
    return gateways.programs().stream().allMatch(LabProcess::isAlive);
  }

  /** Fails if a gateway has ended. */
  public void requireAlive() {
    for (LabProcess program : gateways.programs()) {
      if (!program.isAlive()) {
        throw new LabException(
            contender.name() + " ended with " + program.exitStatus() + "\n" + program.log());
      }
    }
  }

  @Override
  public void close() {
    path.close();
  }
}
