package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The MSS in the SYNs of what is forwarded: never raised, and the least of what holds. By the
 * connection's mark, as a SYN's answer meets no policy.
 */
final class MssChains {
  /** Behind the policies, which mark connections. */
  private static final int PRIORITY = 50;

  private static final int SYN = 0x02;
  private static final int SYN_RST = 0x06;

  /** Hardware types of GRE over IPv4 and IPv6 (ARPHRD_IPGRE, ARPHRD_IP6GRE). */
  private static final List<Integer> GRE = List.of(778, 823);

  private final Ruleset ruleset;
  private final TableWriter table;

  MssChains(Ruleset ruleset, TableWriter table) {
    this.ruleset = ruleset;
    this.table = table;
  }

  void write() {
    FlowOptions flow = ruleset.flow();
    List<JsonArray> initial = byPolicy(policy -> policy.tcpOptions().initialMss());
    List<JsonArray> reverse = byPolicy(policy -> policy.tcpOptions().reverseMss());
    boolean any = flow.allTcpMss() > 0 || flow.greInMss() > 0 || flow.greOutMss() > 0;
    if (!any && initial.isEmpty() && reverse.isEmpty()) {
      return;
    }
    String chain = table.baseChain("mss", "filter", "forward", PRIORITY, false);
    table.rule(
        chain,
        Nft.match("!=", Nft.and(Nft.payload("tcp", "flags"), SYN_RST), Nft.number(SYN)),
        Nft.accept());
    if (flow.allTcpMss() > 0) {
      table.rule(chain, isTcp(), atMost(flow.allTcpMss()));
    }
    gre(chain, "iiftype", flow.greInMss());
    gre(chain, "oiftype", flow.greOutMss());
    byDirection(chain, "original", initial);
    byDirection(chain, "reply", reverse);
  }

  private void gre(String chain, String key, int mss) {
    if (mss > 0) {
      for (int type : GRE) {
        table.rule(chain, isTcp(), Nft.is(Nft.meta(key), Nft.number(type)), atMost(mss));
      }
    }
  }

  private static JsonObject isTcp() {
    return AnomalyConditions.flags(SYN_RST, SYN);
  }

  private static JsonObject atMost(int mss) {
    JsonObject of = Nft.object("name", Nft.text("maxseg"));
    of.addProperty("field", "size");
    return Nft.mangle(Nft.object("tcp option", of), Nft.number(mss));
  }

  private List<JsonArray> byPolicy(ToIntFunction<Policy> mssOf) {
    List<JsonArray> elements = new ArrayList<>();
    if (ruleset.hasZones()) {
      for (Policy policy : ruleset.policies().all()) {
        int mss = mssOf.applyAsInt(policy);
        if (mss > 0 && policy.active() && policy.action() == Policy.Action.PERMIT) {
          elements.add(Nft.entry(Nft.number(policy.index()), Nft.jump(chain(mss))));
        }
      }
    }
    return elements;
  }

  private String chain(int mss) {
    String name = "mss/" + mss;
    if (!table.hasChain(name)) {
      table.chain(name);
      table.rule(name, isTcp(), atMost(mss));
    }
    return name;
  }

  private void byDirection(String chain, String direction, List<JsonArray> elements) {
    if (!elements.isEmpty()) {
      table.rule(
          chain,
          Nft.is(Nft.ct("direction"), Nft.text(direction)),
          Nft.vmap(Nft.and(Nft.ct("mark"), NftNames.POLICY_MARK_MASK), elements));
    }
  }
}
