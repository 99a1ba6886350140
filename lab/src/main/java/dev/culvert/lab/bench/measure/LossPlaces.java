package dev.culvert.lab.bench.measure;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All counters of packets that got lost on the machines of a lane, at one moment: those of the
 * kernels and those of Culvert, by place and cause.
 *
 * @param drops such as {@code gateway A, st0: sending}
 * @param sealed by gateway A
 * @param opened by gateway B
 */
record LossPlaces(SortedMap<String, Long> drops, long sealed, long opened) {
  private static final Path SOFTNET = Path.of("/proc/net/softnet_stat");
  private static final String STATISTICS = "show security ipsec statistics";

  /** UDP counters of datagrams that are gone, in {@code /proc/net/snmp}. */
  private static final List<String> UDP =
      List.of("RcvbufErrors", "SndbufErrors", "InCsumErrors", "MemErrors", "NoPorts");

  private static final List<String> IP =
      List.of("InHdrErrors", "InAddrErrors", "InDiscards", "OutDiscards", "OutNoRoutes");

  /** Where {@code /proc/net/dev} counts what was dropped, of the figures of one device. */
  private static final int RECEIVE_DROPS = 3;

  private static final int SEND_DROPS = 11;

  private static final Pattern QUEUE =
      Pattern.compile("qdisc (\\S+) \\S+ dev (\\S+).*\\R.*\\(dropped (\\d+),");
  private static final Pattern SEALED = Pattern.compile("Encrypted packets: +(\\d+)");
  private static final Pattern OPENED = Pattern.compile("Decrypted packets: +(\\d+)");
  private static final Pattern CAUSE = Pattern.compile("(?m)^  ([A-Z].*): (\\d+)$");

  static LossPlaces read(Lane lane) {
    SortedMap<String, Long> drops = new TreeMap<>();
    drops.put("this machine's receive backlog", backlogDrops(read(SOFTNET)));
    List<NetworkNamespace> machines =
        List.of(
            lane.path().hostA(),
            lane.path().gatewayA(),
            lane.path().gatewayB(),
            lane.path().hostB());
    List<String> names = List.of("host A", "gateway A", "gateway B", "host B");
    for (int i = 0; i < machines.size(); i++) {
      addKernel(names.get(i), machines.get(i), drops);
    }
    String a = statistics(lane.gateways().routers().getFirst());
    String b = statistics(lane.gateways().routers().getLast());
    addCauses("gateway A", a, drops);
    addCauses("gateway B", b, drops);
    return new LossPlaces(drops, number(SEALED, a), number(OPENED, b));
  }

  /** What each counter grew by, without those that did not. */
  SortedMap<String, Long> dropsSince(LossPlaces before) {
    SortedMap<String, Long> grown = new TreeMap<>();
    drops.forEach((place, count) -> {
      long more = count - before.drops.getOrDefault(place, 0L);
      if (more > 0) {
        grown.put(place, more);
      }
    });
    return grown;
  }

  private static void addKernel(String name, NetworkNamespace machine, Map<String, Long> drops) {
    addProtocols(name, machine.run("cat", "/proc/net/snmp"), drops);
    addDevices(name, machine.run("cat", "/proc/net/dev"), drops);
    addQueues(name, machine.attempt("tc", "-s", "qdisc", "show").output(), drops);
  }

  /** Lines come in pairs: the names of a protocol's counters, then their values. */
  static void addProtocols(String name, String snmp, Map<String, Long> drops) {
    List<String> lines = snmp.lines().toList();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      String[] names = lines.get(i).split(" ", -1);
      String[] values = lines.get(i + 1).split(" ", -1);
      List<String> wanted = names[0].equals("Udp:") ? UDP : names[0].equals("Ip:") ? IP : List.of();
      for (int field = 1; field < Math.min(names.length, values.length); field++) {
        if (wanted.contains(names[field])) {
          drops.put(name + ", " + names[0] + " " + names[field], Long.parseLong(values[field]));
        }
      }
    }
  }

  static void addDevices(String name, String dev, Map<String, Long> drops) {
    dev.lines()
        .filter(line -> line.contains(":"))
        .forEach(line -> {
          String device = line.substring(0, line.indexOf(':')).strip();
          String[] figures = line.substring(line.indexOf(':') + 1).strip().split(" +", -1);
          drops.put(name + ", " + device + ": receiving", Long.parseLong(figures[RECEIVE_DROPS]));
          drops.put(name + ", " + device + ": sending", Long.parseLong(figures[SEND_DROPS]));
        });
  }

  static void addQueues(String name, String queues, Map<String, Long> drops) {
    Matcher matcher = QUEUE.matcher(queues);
    while (matcher.find()) {
      String place = name + ", " + matcher.group(2) + ": queue " + matcher.group(1);
      drops.merge(place, Long.parseLong(matcher.group(3)), Long::sum);
    }
  }

  /** Culvert's own counters, which are listed below "Errors". */
  static void addCauses(String name, String statistics, Map<String, Long> drops) {
    Matcher matcher = CAUSE.matcher(statistics.substring(statistics.indexOf("Errors:")));
    while (matcher.find()) {
      drops.put(name + ", Culvert: " + matcher.group(1), Long.parseLong(matcher.group(2)));
    }
  }

  /** The second column counts, in hexadecimal, what found a processor's backlog full. */
  static long backlogDrops(String softnet) {
    return softnet.lines().mapToLong(line -> Long.parseLong(line.split(" ", -1)[1], 16)).sum();
  }

  private static String statistics(CulvertProcess router) {
    try {
      return router.cli(STATISTICS);
    } catch (ControlException e) {
      throw new LabException(STATISTICS, e);
    }
  }

  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new LabException("no " + pattern + " in " + text);
    }
    return Long.parseLong(matcher.group(1));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }
}
