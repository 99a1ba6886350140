package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.ruleset.Policy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a packet and why.
 *
 * @param packet as it came
 * @param steps in the order in which they were decided; of a denied packet the last one denied it
 * @param aboutLeaving of an ICMP error: the packet it reports, as who gets it knows it
 */
public record PathVerdict(
    PacketHeaders packet,
    List<PathStep> steps,
    Tracking tracking,
    Outcome outcome,
    @Nullable Flow aboutLeaving) {
  public PathVerdict {
    steps = List.copyOf(steps);
  }

  public boolean permitted() {
    return !(outcome instanceof Outcome.Denied);
  }

  /** How it leaves or is delivered; empty if it is denied. */
  public Optional<Flow> leaving() {
    return switch (outcome) {
      case Outcome.Forwarded forwarded -> Optional.of(forwarded.flow());
      case Outcome.Delivered delivered -> Optional.of(delivered.flow());
      case Outcome.Denied denied -> Optional.empty();
    };
  }

  /** The first step of a kind. */
  public <S extends PathStep> Optional<S> step(Class<S> kind) {
    return steps.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }

  /** The policy that matched; empty if there was no question or no answer. */
  public Optional<Policy> policy() {
    return step(PathStep.PolicyMatched.class).map(PathStep.PolicyMatched::policy);
  }

  /** The same with what the kernel made of its choices. */
  public PathVerdict leavingAs(Flow flow) {
    Outcome chosen =
        switch (outcome) {
          case Outcome.Forwarded forwarded -> new Outcome.Forwarded(flow, forwarded.route());
          case Outcome.Delivered delivered -> new Outcome.Delivered(flow);
          case Outcome.Denied denied -> denied;
        };
    return new PathVerdict(packet, steps, tracking, chosen, aboutLeaving);
  }

  /** The session that a permitted first packet begins. */
  Session newSession() {
    Flow leaving = leaving().orElseThrow();
    boolean masqueraded =
        step(PathStep.SourceNat.class)
            .map(PathStep.SourceNat::choice)
            .filter(choice -> choice.isOfInterface(leaving.source()))
            .isPresent();
    InterfaceName masqueradedBy =
        masqueraded && outcome instanceof Outcome.Forwarded forwarded
            ? forwarded.route().out()
            : null;
    return new Session(
        packet.flow(),
        leaving,
        policy().map(Policy::index).orElse(0),
        masqueradedBy,
        policy().map(p -> inactivityTimeout(p, packet.flow())).orElse(null));
  }

  private static @Nullable Duration inactivityTimeout(Policy policy, Flow flow) {
    for (Application application : policy.applications()) {
      for (ApplicationTerm term : application.terms()) {
        if (term.match().matches(flow.protocol(), flow.sourcePort(), flow.destinationPort())) {
          return term.inactivityTimeout();
        }
      }
    }
    return null;
  }

  /** Whether it ends the session it belongs to: its source was that of another interface. */
  boolean endsSession() {
    return outcome instanceof Outcome.Denied denied && denied.reason().equals(PathWalk.MOVED_AWAY);
  }
}
