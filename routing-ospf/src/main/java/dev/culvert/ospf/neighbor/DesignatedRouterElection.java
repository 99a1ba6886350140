package dev.culvert.ospf.neighbor;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The election of RFC 2328 §9.4, as a function of who says what. */
public final class DesignatedRouterElection {
  private static final Comparator<Candidate> RANK =
      Comparator.comparingInt(Candidate::priority).thenComparing(Candidate::routerId);

  /** A router on the network in state 2-Way or better, and what its hello declares. */
  public record Candidate(
      RouterId routerId,
      Ipv4Address address,
      int priority,
      Ipv4Address designatedRouter,
      Ipv4Address backupDesignatedRouter) {
    boolean declaresItselfDesignated() {
      return designatedRouter.equals(address);
    }

    boolean declaresItselfBackup() {
      return backupDesignatedRouter.equals(address);
    }

    Candidate declaring(Outcome outcome) {
      return new Candidate(
          routerId, address, priority, outcome.designatedRouter(), outcome.backup());
    }
  }

  /** Addresses; 0.0.0.0 where nobody is eligible. */
  public record Outcome(Ipv4Address designatedRouter, Ipv4Address backup) {
    /** What {@code self} is on this network. */
    public OspfInterfaceState stateOf(Ipv4Address self) {
      if (designatedRouter.equals(self)) {
        return OspfInterfaceState.DR;
      }
      return backup.equals(self) ? OspfInterfaceState.BACKUP : OspfInterfaceState.DR_OTHER;
    }
  }

  private DesignatedRouterElection() {}

  public static Outcome elect(Candidate self, List<Candidate> neighbors) {
    Outcome before = new Outcome(self.designatedRouter(), self.backupDesignatedRouter());
    Outcome outcome = round(self, neighbors);
    // Step 4: a router whose own role changed runs the election once more with that known, so that
    // nobody is both Designated Router and Backup.
    return outcome.stateOf(self.address()) != before.stateOf(self.address())
        ? round(self.declaring(outcome), neighbors)
        : outcome;
  }

  private static Outcome round(Candidate self, List<Candidate> neighbors) {
    List<Candidate> eligible =
        Stream.concat(Stream.of(self), neighbors.stream()).filter(c -> c.priority() > 0).toList();
    List<Candidate> notDesignated =
        eligible.stream().filter(c -> !c.declaresItselfDesignated()).toList();
    @Nullable Candidate backup = best(notDesignated, Candidate::declaresItselfBackup);
    if (backup == null) {
      backup = best(notDesignated, c -> true);
    }
    Ipv4Address backupAddress = backup == null ? Ipv4Address.ANY : backup.address();
    @Nullable Candidate designated = best(eligible, Candidate::declaresItselfDesignated);
    return new Outcome(designated == null ? backupAddress : designated.address(), backupAddress);
  }

  private static @Nullable Candidate best(List<Candidate> from, Predicate<Candidate> eligible) {
    return from.stream().filter(eligible).max(RANK).orElse(null);
  }
}
