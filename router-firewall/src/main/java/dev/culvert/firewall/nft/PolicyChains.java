package dev.culvert.firewall.nft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.Policy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A chain for each policy: what becomes of packets that it is the first to match. */
final class PolicyChains {
  /** Of the flags of a segment those that tell whether it begins a connection (RFC 9293 §3.1). */
  static final int CONNECTION_FLAGS = 0x17;

  static final int SYN = 0x02;

  /** Log records a second of what one policy denies. */
  private static final int LOGGED = 10;

  private final TableWriter table;
  private final FlowOptions flow;
  private final Map<Integer, Candidate> candidates = new HashMap<>();

  PolicyChains(TableWriter table, FlowOptions flow) {
    this.table = table;
    this.flow = flow;
  }

  /** The chain of a policy. */
  static String name(int index) {
    return "policy_" + index;
  }

  /** What a list of policies looks for; those that match nothing are left out. */
  List<Candidate> candidates(List<Policy> policies) {
    List<Candidate> list = new ArrayList<>(policies.size());
    for (Policy policy : policies) {
      if (policy.active()) {
        list.add(candidates.computeIfAbsent(policy.index(), index -> write(policy)));
      }
    }
    return list;
  }

  private Candidate write(Policy policy) {
    String chain = table.chain(name(policy.index()));
    switch (policy.action()) {
      case PERMIT -> permit(chain, policy);
      case DENY -> {
        denied(chain, policy);
        table.rule(chain, Nft.drop());
      }
      case REJECT -> {
        denied(chain, policy);
        table.rule(chain, Conditions.ofProtocol(ServiceMatch.TCP), Nft.tcpReset());
        table.rule(chain, Nft.prohibited());
      }
    }
    return NamedSets.isNamed(policy)
        ? named(chain, policy)
        : Candidate.of(
            chain, policy.source().effective(), policy.destination().effective(), services(policy));
  }

  /** What names stand for is asked for in a chain of its own, where other answers may be put. */
  private Candidate named(String chain, Policy policy) {
    String guard = table.chain("named_" + policy.index());
    for (AddressFamily family : AddressFamily.values()) {
      List<JsonElement> statements = new ArrayList<>();
      isInSet(statements, policy, true, family);
      isInSet(statements, policy, false, family);
      statements.add(Nft.goTo(chain));
      table.rule(guard, statements);
    }
    return Candidate.of(
            guard, inTree(policy.source()), inTree(policy.destination()), services(policy))
        .withGuard();
  }

  private static AddressSet inTree(AddressMatch match) {
    return NamedSets.isNamed(match) ? AddressSet.ANY : match.effective();
  }

  private void isInSet(
      List<JsonElement> statements, Policy policy, boolean ofSource, AddressFamily family) {
    AddressMatch match = ofSource ? policy.source() : policy.destination();
    if (NamedSets.isNamed(match)) {
      String set = NamedSets.name(policy, ofSource, family);
      table.object("set", set, NamedSets.attributes(match, family));
      String field = ofSource ? "saddr" : "daddr";
      statements.add(
          Nft.is(Nft.payload(Conditions.protocolName(family), field), Nft.text("@" + set)));
    }
  }

  private static List<ServiceMatch> services(Policy policy) {
    Set<ServiceMatch> services = new LinkedHashSet<>();
    for (Application application : policy.applications()) {
      application.terms().forEach(term -> services.add(term.match()));
    }
    return List.copyOf(services);
  }

  /** Counts every packet, and logs what anybody may send at will no faster than is read. */
  private void denied(String chain, Policy policy) {
    table.rule(chain, Nft.counter(table.counter(CounterNames.policy(policy.index()))));
    if (policy.log().sessionInit() || policy.log().sessionClose()) {
      String prefix = new NftNames.LogPrefix(policy.action(), policy.index()).text();
      table.rule(
          chain, Nft.limit(LOGGED, LOGGED, false), Nft.log(prefix, NftNames.DENIED_LOG_GROUP));
    }
  }

  private void permit(String chain, Policy policy) {
    table.rule(chain, hasBegun(policy.index()), Nft.accept());
    boolean checkedBefore = flow.synCheck() && flow.synCheckInTunnel();
    if (policy.tcpOptions().synCheckRequired() && !checkedBefore) {
      // What is begun otherwise is counted as such, not as permitted.
      table.rule(
          chain,
          Conditions.ofProtocol(ServiceMatch.TCP),
          beginsNoConnection(),
          Nft.counter(table.counter(CounterNames.SYN_CHECK)),
          Nft.drop());
    }
    helpers(chain, policy);
    List<JsonElement> statements = new ArrayList<>();
    statements.add(Nft.counter(table.counter(CounterNames.policy(policy.index()))));
    statements.add(mark(policy.index()));
    statements.add(Nft.accept());
    table.rule(chain, statements);
  }

  /** Until it is answered a session is new: only its first packet counts. */
  static JsonObject hasBegun(int policy) {
    return Nft.is(Nft.and(Nft.ct("mark"), NftNames.POLICY_MARK_MASK), Nft.number(policy));
  }

  /** Other bits of the mark are others'. */
  static JsonObject mark(int policy) {
    return Nft.mangle(
        Nft.ct("mark"),
        Nft.or(Nft.and(Nft.ct("mark"), 0xffff_ffffL & ~NftNames.POLICY_MARK_MASK), policy));
  }

  static JsonObject beginsNoConnection() {
    return Nft.match("!=", Nft.and(Nft.payload("tcp", "flags"), CONNECTION_FLAGS), Nft.number(SYN));
  }

  /**
   * Gateways look into what the policy's applications name them for; where any application is
   * permitted, into their well-known ports.
   */
  private void helpers(String chain, Policy policy) {
    gateways(policy, flow).forEach((alg, services) -> helper(chain, alg, services));
  }

  /** What a policy wants gateways to look into. */
  static Map<Alg, Set<ServiceMatch>> gateways(Policy policy, FlowOptions flow) {
    Map<Alg, Set<ServiceMatch>> wanted = new EnumMap<>(Alg.class);
    for (Application application : policy.applications()) {
      for (ApplicationTerm term : application.terms()) {
        if (term.match().equals(ServiceMatch.ANY)) {
          for (Alg alg : Alg.values()) {
            ServiceMatch known =
                alg.protocol() == ServiceMatch.TCP
                    ? ServiceMatch.tcp(alg.port(), alg.port())
                    : ServiceMatch.udp(alg.port(), alg.port());
            wanted.computeIfAbsent(alg, a -> new LinkedHashSet<>()).add(known);
          }
        } else if (term.alg() != null && term.match().protocol() == term.alg().protocol()) {
          wanted.computeIfAbsent(term.alg(), a -> new LinkedHashSet<>()).add(term.match());
        }
      }
    }
    wanted.keySet().removeAll(flow.disabledAlgs());
    return wanted;
  }

  private void helper(String chain, Alg alg, Set<ServiceMatch> services) {
    table.object("ct helper", alg.junosName(), helperOf(alg));
    for (List<JsonObject> condition : Conditions.services(services)) {
      List<JsonElement> statements = new ArrayList<>(condition);
      statements.add(Nft.object("ct helper", Nft.text(alg.junosName())));
      table.rule(chain, statements);
    }
  }

  static JsonObject helperOf(Alg alg) {
    JsonObject helper = new JsonObject();
    helper.addProperty("type", alg.junosName());
    helper.addProperty("protocol", alg.protocol() == ServiceMatch.TCP ? "tcp" : "udp");
    return helper;
  }
}
