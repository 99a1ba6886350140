package dev.culvert.lab.net;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One network namespace, made by {@link LabNetwork#namespace}: a machine of its own as far as
 * interfaces, addresses, routes and ports go.
 */
public final class NetworkNamespace {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final String name;

  NetworkNamespace(String name) {
    this.name = name;
    HostCommand.run("ip", "netns", "add", name);
    ip("link", "set", "lo", "up");
  }

  /** The name on this machine, as {@code ip netns} shows it. */
  public String name() {
    return name;
  }

  /** The file that stands for it, for setns(2). */
  public Path file() {
    return Path.of("/run/netns", name);
  }

  /** {@code ip -n NAMESPACE …}; returns its output. */
  public String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    return HostCommand.run(command);
  }

  /** Gives an interface an address, such as {@code 10.0.0.1/24}. */
  public NetworkNamespace address(String device, String prefix) {
    if (prefix.contains(":")) {
      // Duplicate address detection would keep the address unusable for a second.
      ip("addr", "add", prefix, "dev", device, "nodad");
    } else {
      ip("addr", "add", prefix, "dev", device);
    }
    return this;
  }

  /** Adds a kernel route: {@code route("default", "via", "10.0.0.1")}. */
  public NetworkNamespace route(String... route) {
    List<String> arguments = new ArrayList<>(List.of("route", "add"));
    arguments.addAll(List.of(route));
    ip(arguments.toArray(String[]::new));
    return this;
  }

  public NetworkNamespace up(String device) {
    ip("link", "set", device, "up");
    return this;
  }

  public NetworkNamespace down(String device) {
    ip("link", "set", device, "down");
    return this;
  }

  /** Makes it a router: forwards, and takes packets by whatever interface they come. */
  public NetworkNamespace forwarding() {
    return kernelSetting("net/ipv4/ip_forward", "1")
        .kernelSetting("net/ipv6/conf/all/forwarding", "1")
        .kernelSetting("net/ipv4/conf/all/rp_filter", "0")
        .kernelSetting("net/ipv4/conf/default/rp_filter", "0");
  }

  /**
   * Writes a value to a file below {@code /proc/sys}; a setting this kernel lacks is passed over.
   */
  public NetworkNamespace kernelSetting(String file, String value) {
    run("sh", "-c", "[ ! -e \"$1\" ] || echo \"$2\" >\"$1\"", "sh", "/proc/sys/" + file, value);
    return this;
  }

  /** A bridge with the given interfaces as its ports. */
  public NetworkNamespace bridge(String bridge, String... ports) {
    ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0");
    for (String port : ports) {
      ip("link", "set", port, "master", bridge, "up");
    }
    return up(bridge);
  }

  /** Runs a program inside that has to succeed; returns its output. */
  public String run(String... command) {
    return attempt(command).orThrow();
  }

  /** Runs a program inside that may fail. */
  public HostCommand.Result attempt(String... command) {
    return HostCommand.attempt(LIMIT, inside(List.of(command)));
  }

  /**
   * The command line that runs a program inside; the program replaces it, so the pid is its own.
   */
  public List<String> inside(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
    whole.addAll(command);
    return whole;
  }

  /** The command line that runs a program inside with an empty {@code /run} of its own. */
  public List<String> insideWithPrivateRun(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("unshare", "-m", "--propagation", "private"));
    whole.addAll(
        List.of("sh", "-c", "mount -t tmpfs none /run && mkdir -p /run/lock && exec \"$@\"", "sh"));
    whole.addAll(command);
    return inside(whole);
  }

  /** Whether the kernel has a route of exactly that prefix in its main table. */
  public boolean hasRoute(String prefix) {
    return !ip(prefix.contains(":") ? "-6" : "-4", "route", "show", "exact", prefix).isBlank();
  }

  public boolean hasDevice(String device) {
    return attempt("test", "-e", Path.of("/sys/class/net", device).toString()).succeeded();
  }

  void delete() {
    HostCommand.attempt(LIMIT, List.of("ip", "netns", "del", name));
  }

  @Override
  public String toString() {
    return name;
  }
}
