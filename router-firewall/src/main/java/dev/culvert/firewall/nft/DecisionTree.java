package dev.culvert.firewall.nft;

import dev.culvert.core.net.AddressFamily;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first rule of an ordered list that matches a packet of one family at a cost that hardly
 * grows with the list: a look-up among ranges of the destination, the source or the service leaves
 * few rules, and those few are tried one after another. Equal remainders are the same node.
 *
 * <p>A list may be such that looking up would need far more room than the list itself: many rules
 * for any destination between many for some. Then what is left for a destination names those for
 * any in blocks that all destinations share; and where even that is too much, the list is cut into
 * pieces that are tried in order.
 *
 * <p>Confined to one thread.
 */
final class DecisionTree {
  /** As many rules as are tried one after another without a look-up. */
  static final int LEAF = 4;

  /** How many times the list may come again in all that a node's look-up leads to. */
  private static final double ALLOWANCE = 3;

  /** What a deeper look-up may always grow by, whatever those above have used up. */
  private static final double LEAST_ALLOWANCE = 1.5;

  private static final int SLACK = 32;

  /**
   * The kernel takes no more than 16 chains one inside the other; those around a tree are not in
   * this number.
   */
  private static final int MOST_DEPTH = 10;

  /**
   * The most ways that may lead through shared blocks below one look-up: the kernel walks each of
   * them when it takes a table.
   */
  private static final long MOST_WAYS = 1_500_000;

  /** A list that a cheap look-up may come before, and what is cheap. */
  private static final int LONG = 64;

  private static final int FEW = 64;
  private static final double HARDLY_MORE = 1.25;

  /** A look-up that leaves more than this part of the list is not worth it. */
  private static final double PROGRESS = 0.75;

  private final Map<Key, Node> nodes = new HashMap<>();
  private final Map<Key, Node> blocks = new HashMap<>();
  private final IdentityHashMap<Node, Integer> depths = new IdentityHashMap<>();
  private final AddressFamily family;

  DecisionTree(AddressFamily family) {
    this.family = family;
  }

  /** Where nothing matches, what comes behind the node is looked at. */
  sealed interface Node {
    /** One after another. */
    record Rules(List<Candidate> candidates) implements Node {
      public Rules {
        candidates = List.copyOf(candidates);
      }
    }

    /** The first of the parts that has a match. */
    record Sequence(List<Node> parts) implements Node {
      public Sequence {
        parts = List.copyOf(parts);
      }
    }

    /** One cell or {@code otherwise}. */
    record Branch<K extends Comparable<K>>(Axis<K> axis, List<Cell<K>> cells, Node otherwise)
        implements Node {
      public Branch {
        cells = List.copyOf(cells);
      }
    }

    record Cell<K>(Axis.Range<K> range, Node node) {}
  }

  /** Those that tend to have few values first. */
  private enum Dimension {
    SERVICE,
    DESTINATION,
    SOURCE
  }

  private record Key(List<Candidate> candidates, Set<Dimension> dimensions) {}

  /** The tree of a list; those of several lists share what they have in common. */
  Node of(List<Candidate> candidates) {
    List<Candidate> ofFamily =
        candidates.stream().map(c -> c.of(family)).filter(c -> !c.isImpossible()).toList();
    Node tree = node(ofFamily, EnumSet.allOf(Dimension.class), ALLOWANCE);
    return depth(tree) <= MOST_DEPTH ? tree : new Node.Rules(ofFamily);
  }

  /** How many chains a packet goes through one inside the other, at most. */
  private int depth(Node node) {
    Integer known = depths.get(node);
    if (known != null) {
      return known;
    }
    int depth =
        switch (node) {
          case Node.Rules rules -> 1;
          case Node.Sequence(var parts) -> 1 + parts.stream().mapToInt(this::depth).max().orElse(0);
          case Node.Branch<?> branch -> {
            int deepest = depth(branch.otherwise());
            for (Node.Cell<?> cell : branch.cells()) {
              deepest = Math.max(deepest, depth(cell.node()));
            }
            // A service is looked up in two chains.
            yield deepest + (branch.axis() instanceof Axis.Services ? 2 : 1);
          }
        };
    depths.put(node, depth);
    return depth;
  }

  /** The same list without any look-up: what the tree is compared with. */
  Node plain(List<Candidate> candidates) {
    return new Node.Rules(
        candidates.stream().map(c -> c.of(family)).filter(c -> !c.isImpossible()).toList());
  }

  private Node node(List<Candidate> given, Set<Dimension> dimensions, double allowance) {
    List<Candidate> candidates = Split.untilCertain(given);
    Key key = new Key(candidates, dimensions);
    Node known = nodes.get(key);
    if (known == null) {
      known = build(candidates, dimensions, allowance);
      nodes.put(key, known);
    }
    return known;
  }

  private Node build(List<Candidate> candidates, Set<Dimension> dimensions, double allowance) {
    if (candidates.size() <= LEAF) {
      return new Node.Rules(candidates);
    }
    Dimension best = null;
    Split<?> bestSplit = null;
    boolean tooBig = false;
    for (Dimension dimension : dimensions) {
      Split<?> split = split(axis(dimension), candidates, allowance);
      tooBig |= split == null;
      if (split != null && isCheap(split, candidates)) {
        return branch(dimension, split, candidates, dimensions, allowance);
      }
      if (split != null && (bestSplit == null || isBetter(split, bestSplit))) {
        best = dimension;
        bestSplit = split;
      }
    }
    boolean helps = bestSplit != null && bestSplit.longest() <= candidates.size() * PROGRESS;
    if (best != null && bestSplit != null && helps) {
      return branch(best, bestSplit, candidates, dimensions, allowance);
    }
    if (!tooBig) {
      return new Node.Rules(candidates);
    }
    Node blocks = inBlocks(candidates, dimensions, allowance);
    return blocks != null ? blocks : halves(candidates, dimensions, allowance);
  }

  private Node branch(
      Dimension dimension,
      Split<?> split,
      List<Candidate> candidates,
      Set<Dimension> dimensions,
      double allowance) {
    Set<Dimension> others = EnumSet.copyOf(dimensions);
    others.remove(dimension);
    double grown = (double) split.weight() / ownWeight(split.axis(), candidates);
    return branch(split, others, Math.max(LEAST_ALLOWANCE, allowance / Math.max(1, grown)));
  }

  /**
   * Whether a look-up tells a long list apart into a few with hardly a rule in two of them, such as
   * by a handful of services. It comes first: below it that much is decided, and what a later
   * look-up finds need not be asked for it one by one.
   */
  private static boolean isCheap(Split<?> split, List<Candidate> candidates) {
    return candidates.size() >= LONG
        && !split.cells().isEmpty()
        && split.cells().size() <= FEW
        && split.weight() <= candidates.size() * HARDLY_MORE;
  }

  private static boolean isBetter(Split<?> split, Split<?> than) {
    return split.longest() != than.longest()
        ? split.longest() < than.longest()
        : split.weight() < than.weight();
  }

  private <K extends Comparable<K>> Node branch(
      Split<K> split, Set<Dimension> dimensions, double allowance) {
    List<Node.Cell<K>> cells = new ArrayList<>(split.cells().size());
    for (Split.Cell<K> cell : split.cells()) {
      cells.add(new Node.Cell<>(cell.range(), node(cell.candidates(), dimensions, allowance)));
    }
    return new Node.Branch<>(split.axis(), cells, node(split.otherwise(), dimensions, allowance));
  }

  /** Splits those that say something about a dimension, the others between them in blocks. */
  private @Nullable Node inBlocks(
      List<Candidate> candidates, Set<Dimension> dimensions, double allowance) {
    Interleaved<?> best = null;
    for (Dimension dimension : dimensions) {
      Interleaved<?> found = interleaved(dimension, axis(dimension), candidates, allowance);
      if (found != null && (best == null || found.split().longest() < best.split().longest())) {
        best = found;
      }
    }
    if (best == null) {
      return null;
    }
    Set<Dimension> others = EnumSet.copyOf(dimensions);
    others.remove(best.dimension());
    return inBlocks(best, others);
  }

  /**
   * @param split of those that say something about the dimension
   * @param wild those that do not
   * @param wildBefore by target of the former how many of the latter come before it
   */
  private record Interleaved<K extends Comparable<K>>(
      Dimension dimension, Split<K> split, List<Candidate> wild, Map<String, Integer> wildBefore) {}

  private static <K extends Comparable<K>> @Nullable Interleaved<K> interleaved(
      Dimension dimension, Axis<K> axis, List<Candidate> candidates, double allowance) {
    List<Candidate> wild = new ArrayList<>();
    List<Candidate> others = new ArrayList<>();
    Map<String, Integer> wildBefore = new HashMap<>();
    for (Candidate candidate : candidates) {
      if (axis.ranges(candidate) == null) {
        wild.add(candidate);
      } else {
        others.add(candidate);
        wildBefore.put(candidate.target(), wild.size());
      }
    }
    if (others.isEmpty()) {
      return null;
    }
    Split<K> split = split(axis, others, allowance);
    boolean fits =
        split != null
            && split.longest() <= others.size() * PROGRESS
            && (long) split.cells().size() * wild.size() <= MOST_WAYS;
    return fits && split != null ? new Interleaved<>(dimension, split, wild, wildBefore) : null;
  }

  private <K extends Comparable<K>> Node inBlocks(
      Interleaved<K> interleaved, Set<Dimension> dimensions) {
    Split<K> split = interleaved.split();
    List<Node.Cell<K>> cells = new ArrayList<>(split.cells().size());
    for (Split.Cell<K> cell : split.cells()) {
      List<Node> parts = new ArrayList<>();
      List<Candidate> run = new ArrayList<>();
      int done = 0;
      boolean certain = false;
      for (Candidate candidate : cell.candidates()) {
        int before = interleaved.wildBefore().getOrDefault(candidate.target(), done);
        if (before > done) {
          addPart(parts, node(run, dimensions, LEAST_ALLOWANCE));
          run.clear();
          addBlocks(parts, interleaved.wild(), done, before, dimensions);
          done = before;
        }
        run.add(candidate);
        certain = candidate.isCertain();
      }
      addPart(parts, node(run, dimensions, LEAST_ALLOWANCE));
      if (!certain) {
        addBlocks(parts, interleaved.wild(), done, interleaved.wild().size(), dimensions);
      }
      cells.add(new Node.Cell<>(cell.range(), new Node.Sequence(parts)));
    }
    Node otherwise = node(interleaved.wild(), dimensions, ALLOWANCE);
    return new Node.Branch<>(split.axis(), cells, otherwise);
  }

  /**
   * What stands from one place to another, in blocks whose sizes are powers of two. All who name
   * the same places share the node.
   */
  private void addBlocks(
      List<Node> parts, List<Candidate> list, int from, int to, Set<Dimension> dimensions) {
    Key key = new Key(list.subList(from, to), dimensions);
    Node known = blocks.get(key);
    if (known == null) {
      List<Node> inner = new ArrayList<>();
      int at = from;
      while (at < to) {
        int size = at == 0 ? Integer.highestOneBit(to) : Integer.lowestOneBit(at);
        while (at + size > to) {
          size >>= 1;
        }
        addPart(inner, node(list.subList(at, at + size), dimensions, LEAST_ALLOWANCE));
        at += size;
      }
      known = inner.size() == 1 ? inner.getFirst() : new Node.Sequence(inner);
      blocks.put(key, known);
    }
    parts.add(known);
  }

  private static void addPart(List<Node> parts, Node part) {
    // One jump deep, however often the list was cut.
    if (part instanceof Node.Sequence(var inner)) {
      parts.addAll(inner);
    } else if (!(part instanceof Node.Rules(var none) && none.isEmpty())) {
      parts.add(part);
    }
  }

  private Node halves(List<Candidate> candidates, Set<Dimension> dimensions, double allowance) {
    int middle = candidates.size() / 2;
    List<Node> parts = new ArrayList<>();
    for (List<Candidate> half :
        List.of(candidates.subList(0, middle), candidates.subList(middle, candidates.size()))) {
      addPart(parts, node(half, dimensions, allowance));
    }
    return new Node.Sequence(parts);
  }

  private static <K extends Comparable<K>> @Nullable Split<K> split(
      Axis<K> axis, List<Candidate> candidates, double allowance) {
    long most = (long) (allowance * ownWeight(axis, candidates)) + SLACK;
    return Split.of(axis, candidates, most);
  }

  /** What the list itself has to say about the axis. */
  private static <K extends Comparable<K>> long ownWeight(
      Axis<K> axis, List<Candidate> candidates) {
    long weight = 0;
    for (Candidate candidate : candidates) {
      List<Axis.Range<K>> ranges = axis.ranges(candidate);
      weight += ranges == null ? 1 : ranges.size();
    }
    return weight;
  }

  private Axis<?> axis(Dimension dimension) {
    return switch (dimension) {
      case DESTINATION -> new Axis.Addresses(family, false);
      case SOURCE -> new Axis.Addresses(family, true);
      case SERVICE -> new Axis.Services();
    };
  }
}
