package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import org.jspecify.annotations.Nullable;

/** What a child SA is made for, whoever asked for it. */
public sealed interface ChildPurpose {
  /** The policy has none. */
  record First(ChildPolicy policy) implements ChildPurpose {}

  /** One more like that, for a queue that has fewer than others (RFC 9611). */
  record Additional(ChildPair model, int queue) implements ChildPurpose {}

  /** In the place of that one (RFC 7296 §2.8). */
  record Rekey(ChildPair old) implements ChildPurpose {}

  /** Whose pair it is to be: one that replaces another is the other's. */
  default ChildPolicy policy() {
    return switch (this) {
      case First(ChildPolicy policy) -> policy;
      case Additional(ChildPair model, int queue) -> model.policy;
      case Rekey(ChildPair old) -> old.policy;
    };
  }

  /** Which queue it goes to: one that replaces another to the other's. */
  default int queue() {
    return switch (this) {
      case First(ChildPolicy policy) -> policy.homeQueue;
      case Additional(ChildPair model, int queue) -> queue;
      case Rekey(ChildPair old) -> old.policy.queueOf(old);
    };
  }

  /** As the table of refusals calls it. */
  default Refusals.Asked asked() {
    return switch (this) {
      case First(ChildPolicy policy) ->
          policy.vpn.hasSeveralPolicies()
              ? Refusals.Asked.ONE_OF_SEVERAL_CHILDREN
              : Refusals.Asked.FIRST_CHILD;
      case Additional additional -> Refusals.Asked.ADDITIONAL_CHILD;
      case Rekey rekey -> Refusals.Asked.REKEY_CHILD;
    };
  }

  /** The pair that it has to be like. */
  default @Nullable ChildPair model() {
    return this instanceof Additional(ChildPair model, int queue) ? model : null;
  }

  /** The pair that it is to replace. */
  default @Nullable ChildPair old() {
    return this instanceof Rekey(ChildPair old) ? old : null;
  }

  /** The group of its own key exchange: as configured, or what the peer insisted on last time. */
  default @Nullable DhGroup pfsGroup() {
    DhGroup configured = policy().config.pfsGroup();
    DhGroup wanted = configured == null ? policy().preferredPfsGroup : configured;
    if (wanted != null) {
      return wanted;
    }
    return switch (this) {
      case First first -> null;
      case Additional(ChildPair model, int queue) -> model.pfsGroup;
      case Rekey(ChildPair old) -> old.pfsGroup;
    };
  }

  /** Something else has made our request for it pointless. */
  default boolean isOvertaken() {
    return switch (this) {
      case First(ChildPolicy policy) -> policy.isUp() && !policy.isLeftBehind();
      case Additional(ChildPair model, int queue) -> !model.isUsable();
      case Rekey(ChildPair old) -> old.state != ChildPair.State.INSTALLED;
    };
  }
}
