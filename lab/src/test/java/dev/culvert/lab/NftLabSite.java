package dev.culvert.lab;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.nft.Existing;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.nftables.NftContents;
import dev.culvert.tun.nftables.NftTable;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A kernel that enforces rulesets between two hosts: left (10.1.0.2) behind eth0 (10.1.0.1), right
 * (10.2.0.2) behind eth1 (10.2.0.1).
 */
final class NftLabSite implements AutoCloseable {
  private final LabNetwork network = LabNetwork.create();
  final NetworkNamespace left = network.namespace("left");
  final NetworkNamespace router = network.namespace("router");
  final NetworkNamespace right = network.namespace("right");

  NftLabSite() {
    network.wire(left, "eth0", router, "eth0");
    network.wire(router, "eth1", right, "eth0");
    router.forwarding().address("eth0", "10.1.0.1/24").address("eth1", "10.2.0.1/24");
    left.address("eth0", "10.1.0.2/24").route("default", "via", "10.1.0.1");
    right.address("eth0", "10.2.0.2/24").route("default", "via", "10.2.0.1");
  }

  @Override
  public void close() {
    network.close();
  }

  /** Listens on a TCP port of the host on the right. */
  void listenOnTheRight(int port) {
    network.start(
        "listener", right.inside(List.of("iperf3", "-s", "-p", Integer.toString(port))), Map.of());
    Await.until(
        Duration.ofSeconds(20),
        () -> right.run("ss", "-Hltn", "sport", "=", ":" + port).contains(":" + port));
  }

  /** A security zone of one interface. */
  static Zone zone(String name, HostInbound inbound, @Nullable Screen screen, String device) {
    Zone.Member member = new Zone.Member(InterfaceName.of(device), inbound);
    return new Zone(name, Zone.Kind.SECURITY, null, List.of(member), false, inbound, false, screen);
  }

  void enforce(Ruleset ruleset) {
    load(NftRenderer.render(ruleset)).orThrow();
  }

  /** In the table that is there, as a commit does. */
  void enforceOver(Ruleset ruleset) {
    load(NftRenderer.renderOver(ruleset, existing())).orThrow();
  }

  /** As another answer of a name server does. */
  void refill(Ruleset ruleset) {
    load(NftRenderer.renderNames(ruleset, existing().sets())).orThrow();
  }

  private Existing existing() {
    try {
      return NetworkNamespaceEntry.call(
          router.file(),
          () -> {
            try (NftTable table = NftTable.open(NftNames.TABLE)) {
              NftContents contents = table.contents();
              return new Existing(
                  contents.chains(), contents.sets(), contents.counters(), contents.helpers());
            }
          });
    } catch (IOException e) {
      throw new AssertionError("cannot read the table", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  HostCommand.Result load(String document) {
    return router.attempt("nft", "-j", "-f", file(document).toString());
  }

  /** A file with a document. */
  Path file(String document) {
    Path file = network.folder("nft").resolve("ruleset.json");
    try {
      Files.writeString(file, document);
    } catch (IOException e) {
      throw new AssertionError("cannot write " + file, e);
    }
    return file;
  }

  /** The names of what a document adds. */
  static Set<String> written(String document, String kind) {
    Set<String> names = new TreeSet<>();
    for (JsonElement command : nftables(document)) {
      JsonObject added = command.getAsJsonObject().getAsJsonObject("add");
      if (added != null && added.has(kind)) {
        names.add(added.getAsJsonObject(kind).get("name").getAsString());
      }
    }
    return names;
  }

  /** The names of what our table has. */
  Set<String> found(String kind) {
    Set<String> names = new TreeSet<>();
    for (JsonElement element : nftables(router.run("nft", "-j", "list", "ruleset", "inet"))) {
      JsonObject object = element.getAsJsonObject().getAsJsonObject(kind);
      if (object != null && object.get("table").getAsString().equals("culvert")) {
        names.add(object.get("name").getAsString());
      }
    }
    return names;
  }

  long counted(String counter) {
    for (JsonElement element :
        nftables(router.run("nft", "-j", "list", "counters", "table", "inet", "culvert"))) {
      JsonObject object = element.getAsJsonObject().getAsJsonObject("counter");
      if (object != null && object.get("name").getAsString().equals(counter)) {
        return object.get("packets").getAsLong();
      }
    }
    throw new AssertionError("no counter " + counter);
  }

  static List<JsonElement> nftables(String document) {
    return JsonParser.parseString(document).getAsJsonObject().getAsJsonArray("nftables").asList();
  }

  /** Counts packets that come in and match. */
  static void watch(NetworkNamespace host, String counter, String match) {
    host.run(
        "nft",
        "add table inet watch; add counter inet watch "
            + counter
            + "; add chain inet watch in { type filter hook input priority 0; }"
            + "; add rule inet watch in "
            + match
            + " counter name "
            + counter);
  }

  static long packets(NetworkNamespace host, String counter) {
    String text = host.run("nft", "-j", "list", "counter", "inet", "watch", counter);
    for (JsonElement element : nftables(text)) {
      JsonObject object = element.getAsJsonObject().getAsJsonObject("counter");
      if (object != null) {
        return object.get("packets").getAsLong();
      }
    }
    throw new AssertionError(text);
  }

  /** What bash says of a connection that nobody listens for. */
  static String connect(NetworkNamespace from, String to, int port) {
    return from.attempt("timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/" + to + "/" + port)
        .output();
  }
}
