package dev.culvert.core.policy;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One {@code policy-statement}, compiled. Its terms stand in the order written; {@code from} and
 * {@code then} of the statement itself are its last term, without a name. Immutable.
 */
public final class RoutePolicy {
  /** Where evaluation goes after a term. */
  public enum Flow {
    ACCEPT,
    REJECT,
    NEXT_TERM,
    NEXT_POLICY
  }

  /**
   * One term.
   *
   * @param flow where a matching route goes
   * @param defaultAction ACCEPT or REJECT: what becomes of the route if no later term decides
   */
  record Term(
      String name,
      MatchConditions match,
      List<PolicyAction> actions,
      Flow flow,
      @Nullable Flow defaultAction) {
    Term {
      actions = List.copyOf(actions);
    }
  }

  private final String name;
  private final List<Term> terms;

  RoutePolicy(String name, List<Term> terms) {
    this.name = name;
    this.terms = List.copyOf(terms);
  }

  public String name() {
    return name;
  }

  /** Passes the route through the terms; NEXT_POLICY if none of them ends the chain. */
  Flow evaluate(RouteView route, Trail trail) {
    for (Term term : terms) {
      Flow flow = evaluate(term, route, trail);
      if (flow != Flow.NEXT_TERM) {
        return flow;
      }
    }
    return Flow.NEXT_POLICY;
  }

  private Flow evaluate(Term term, RouteView route, Trail trail) {
    if (!term.match().matchBesidesPrefix(route)) {
      return Flow.NEXT_TERM;
    }
    RouteFilterList filters = term.match().filters();
    RouteFilter filter = filters == null ? null : filters.match(route.prefix());
    if (filters != null && filter == null) {
      return Flow.NEXT_TERM;
    }
    trail.lastMatch = term.name().isEmpty() ? name : name + " " + term.name();
    if (filter != null && filter.action() != null) {
      // A filter's own action is taken at once, and the term's 'then' is not.
      return filter.action();
    }
    term.actions().forEach(route::apply);
    if (term.defaultAction() != null) {
      trail.defaultAction = term.defaultAction();
    }
    return term.flow();
  }

  /** What an evaluation leaves behind beside the route. */
  static final class Trail {
    String lastMatch = "";
    @Nullable Flow defaultAction;
  }

  /** A statement that has not changed is the same policy, however often it is compiled. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RoutePolicy policy
        && name.equals(policy.name)
        && terms.equals(policy.terms);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, terms);
  }

  @Override
  public String toString() {
    return name;
  }
}
