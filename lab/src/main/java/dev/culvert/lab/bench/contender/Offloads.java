package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;

/** What a veth can leave to later: with all of it off every packet travels alone and whole. */
public final class Offloads {
  /** An offload by its name as {@code ethtool -K} takes it, and as {@code ethtool -k} prints it. */
  private record Offload(String word, String printed) {}

  private static final List<Offload> ALL =
      List.of(
          new Offload("tso", "tcp-segmentation-offload"),
          new Offload("gso", "generic-segmentation-offload"),
          new Offload("gro", "generic-receive-offload"),
          new Offload("tx-udp-segmentation", "tx-udp-segmentation"),
          new Offload("tx", "tx-checksumming"),
          new Offload("rx", "rx-checksumming"),
          new Offload("sg", "scatter-gather"));

  private Offloads() {}

  /** One end of a link. */
  record Link(NetworkNamespace machine, String device) {
    private List<String> thatAreOn() {
      return on(machine.run("ethtool", "-k", device));
    }

    /** One by one: a kernel that does not know one of them must not keep the others. */
    private void set(List<String> words, String state) {
      for (String word : words) {
        machine.attempt("ethtool", "-K", device, word, state);
      }
    }
  }

  private record Switched(Link link, List<String> words) {}

  /** Offloads that are off until this is closed. */
  public static final class Off implements AutoCloseable {
    private final List<Switched> switched = new ArrayList<>();

    private Off() {}

    @Override
    public void close() {
      for (Switched each : switched) {
        // Scatter-gather goes off last and comes back first: others depend on it.
        each.link().set(each.words().reversed(), "on");
      }
      switched.clear();
    }
  }

  static Off switchOff(List<Link> links) {
    Off off = new Off();
    for (Link link : links) {
      List<String> words = link.thatAreOn();
      off.switched.add(new Switched(link, words));
      link.set(words, "off");
    }
    return off;
  }

  /** The words of those that are on, in the order in which they can be switched off. */
  static List<String> on(String printed) {
    List<String> lines = printed.lines().map(String::strip).toList();
    return ALL.stream()
        .filter(offload -> lines.contains(offload.printed() + ": on"))
        .map(Offload::word)
        .toList();
  }
}
