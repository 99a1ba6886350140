package dev.culvert.bgp.attribute;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The attributes routes share (RFC 4271 §5), decoded once and meant to be interned.
 *
 * @param nextHop null only before NEXT_HOP of a route is known
 * @param others attributes carried through, ascending by type
 * @param partial types of the other optional transitive ones that came with the Partial bit
 */
public record PathAttributes(
    Origin origin,
    AsPath asPath,
    @Nullable Ipv4Address nextHop,
    @Nullable Long med,
    @Nullable Long localPreference,
    boolean atomicAggregate,
    @Nullable Aggregator aggregator,
    Communities communities,
    @Nullable RouterId originatorId,
    List<RouterId> clusterList,
    List<RawAttribute> others,
    Set<Integer> partial) {

  public PathAttributes {
    clusterList = List.copyOf(clusterList);
    others = others.stream().sorted().toList();
    partial = partial.isEmpty() ? Set.of() : present(partial, aggregator, communities);
  }

  private static Set<Integer> present(
      Set<Integer> partial, @Nullable Aggregator aggregator, Communities communities) {
    return partial.stream()
        .filter(type ->
            switch (type) {
              case AttributeType.AGGREGATOR -> aggregator != null;
              case AttributeType.COMMUNITIES -> !communities.standard().isEmpty();
              case AttributeType.LARGE_COMMUNITIES -> !communities.large().isEmpty();
              default -> false;
            })
        .collect(Collectors.toUnmodifiableSet());
  }

  /** A route of our own: origin IGP, no AS path. */
  public static PathAttributes originated() {
    return new Builder().build();
  }

  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The MULTI_EXIT_DISC of comparisons: absence is the lowest, as RFC 4271 §9.1.2.2 (c) says. */
  public long medOrLowest() {
    return med == null ? 0 : med;
  }

  /** The attributes carried through, as another AS may have them. */
  public List<RawAttribute> othersAcrossAsBoundary() {
    return others.isEmpty()
        ? others
        : others.stream().map(RawAttribute::acrossAsBoundary).filter(Objects::nonNull).toList();
  }

  /** Collects attributes in any order. */
  public static final class Builder {
    private Origin origin = Origin.IGP;
    private AsPath asPath = AsPath.EMPTY;
    private @Nullable Ipv4Address nextHop;
    private @Nullable Long med;
    private @Nullable Long localPreference;
    private boolean atomicAggregate;
    private @Nullable Aggregator aggregator;
    private Communities communities = Communities.NONE;
    private @Nullable RouterId originatorId;
    private List<RouterId> clusterList = List.of();
    private List<RawAttribute> others = List.of();
    private Set<Integer> partial = Set.of();

    public Builder() {}

    private Builder(PathAttributes from) {
      origin = from.origin;
      asPath = from.asPath;
      nextHop = from.nextHop;
      med = from.med;
      localPreference = from.localPreference;
      atomicAggregate = from.atomicAggregate;
      aggregator = from.aggregator;
      communities = from.communities;
      originatorId = from.originatorId;
      clusterList = from.clusterList;
      others = from.others;
      partial = from.partial;
    }

    public Builder origin(Origin value) {
      origin = value;
      return this;
    }

    public Builder asPath(AsPath value) {
      asPath = value;
      return this;
    }

    public Builder nextHop(@Nullable Ipv4Address value) {
      nextHop = value;
      return this;
    }

    public Builder med(@Nullable Long value) {
      med = value;
      return this;
    }

    public Builder localPreference(@Nullable Long value) {
      localPreference = value;
      return this;
    }

    public Builder atomicAggregate(boolean value) {
      atomicAggregate = value;
      return this;
    }

    public Builder aggregator(@Nullable Aggregator value) {
      aggregator = value;
      return this;
    }

    public Builder communities(Communities value) {
      communities = value;
      return this;
    }

    public Builder originatorId(@Nullable RouterId value) {
      originatorId = value;
      return this;
    }

    public Builder clusterList(List<RouterId> value) {
      clusterList = value;
      return this;
    }

    public Builder others(List<RawAttribute> value) {
      others = value;
      return this;
    }

    public Builder partial(Set<Integer> value) {
      partial = value;
      return this;
    }

    public PathAttributes build() {
      return new PathAttributes(
          origin,
          asPath,
          nextHop,
          med,
          localPreference,
          atomicAggregate,
          aggregator,
          communities,
          originatorId,
          clusterList,
          others,
          partial);
    }
  }
}
