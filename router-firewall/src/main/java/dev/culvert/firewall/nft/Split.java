package dev.culvert.firewall.nft;

import dev.culvert.firewall.nft.Axis.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An ordered list told apart by one axis: for every range of its values what of the list is left.
 *
 * @param cells ranges that neither overlap nor, with the same list, touch; in order
 * @param otherwise what is left for values in no cell
 * @param longest the length of the longest list
 * @param weight the lengths of all lists together
 */
record Split<K extends Comparable<K>>(
    Axis<K> axis, List<Cell<K>> cells, List<Candidate> otherwise, int longest, long weight) {
  /**
   * How many times what is allowed may be looked at: much of it often stands behind a rule that
   * matches for certain, and is left out.
   */
  private static final int BEFORE_CUT = 8;

  record Cell<K>(Range<K> range, List<Candidate> candidates) {}

  /**
   * @param most what the lists together may have
   * @return null if they would have more
   */
  static <K extends Comparable<K>> @Nullable Split<K> of(
      Axis<K> axis, List<Candidate> candidates, long most) {
    List<@Nullable List<Range<K>>> ranges = new ArrayList<>(candidates.size());
    TreeSet<K> starts = new TreeSet<>();
    List<Integer> wild = new ArrayList<>();
    for (Candidate candidate : candidates) {
      List<Range<K>> own = axis.ranges(candidate);
      ranges.add(own);
      if (own == null) {
        wild.add(ranges.size() - 1);
      } else {
        for (Range<K> range : own) {
          starts.add(range.low());
          axis.after(range.high()).ifPresent(starts::add);
        }
      }
    }
    List<List<Integer>> members = members(axis, ranges, new ArrayList<>(starts), most * BEFORE_CUT);
    return members == null
        ? null
        : joined(axis, candidates, new ArrayList<>(starts), members, wild, most);
  }

  /** For every elementary interval the positions of the candidates that it is a part of. */
  private static <K extends Comparable<K>> @Nullable List<List<Integer>> members(
      Axis<K> axis, List<@Nullable List<Range<K>>> ranges, List<K> starts, long most) {
    Map<K, Integer> indices = new HashMap<>();
    List<List<Integer>> members = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      indices.put(starts.get(i), i);
      members.add(new ArrayList<>(2));
    }
    long weight = 0;
    for (int position = 0; position < ranges.size(); position++) {
      List<Range<K>> own = ranges.get(position);
      if (own == null) {
        continue;
      }
      for (Range<K> range : own) {
        int from = indices.getOrDefault(range.low(), 0);
        int to = axis.after(range.high()).map(indices::get).orElse(starts.size());
        weight += to - from;
        if (weight > most) {
          return null;
        }
        for (int i = from; i < to; i++) {
          List<Integer> cell = members.get(i);
          if (cell.isEmpty() || cell.getLast() != position) {
            cell.add(position);
          }
        }
      }
    }
    return members;
  }

  private static <K extends Comparable<K>> @Nullable Split<K> joined(
      Axis<K> axis,
      List<Candidate> candidates,
      List<K> starts,
      List<List<Integer>> members,
      List<Integer> wild,
      long most) {
    List<Candidate> otherwise = untilCertain(wild.stream().map(candidates::get).toList());
    List<Cell<K>> cells = new ArrayList<>();
    int longest = otherwise.size();
    long weight = otherwise.size();
    for (int i = 0; i < starts.size(); i++) {
      if (members.get(i).isEmpty()) {
        continue;
      }
      K high = i + 1 < starts.size() ? axis.before(starts.get(i + 1)) : axis.last();
      Range<K> range = new Range<>(starts.get(i), high);
      List<Candidate> left = left(axis, candidates, members.get(i), wild, range);
      Cell<K> before = cells.isEmpty() ? null : cells.getLast();
      if (before != null
          && before.candidates().equals(left)
          && axis.after(before.range().high()).filter(range.low()::equals).isPresent()) {
        cells.set(cells.size() - 1, new Cell<>(new Range<>(before.range().low(), high), left));
        continue;
      }
      cells.add(new Cell<>(range, left));
      longest = Math.max(longest, left.size());
      weight += left.size();
      if (weight > most) {
        return null;
      }
    }
    return new Split<>(axis, cells, otherwise, longest, weight);
  }

  /** The members and all that are wild, in the order of the list. */
  private static <K extends Comparable<K>> List<Candidate> left(
      Axis<K> axis,
      List<Candidate> candidates,
      List<Integer> members,
      List<Integer> wild,
      Range<K> range) {
    List<Candidate> left = new ArrayList<>(members.size() + wild.size());
    int i = 0;
    int j = 0;
    while (i < members.size() || j < wild.size()) {
      boolean isMember = j == wild.size() || (i < members.size() && members.get(i) < wild.get(j));
      Candidate candidate =
          isMember
              ? axis.within(candidates.get(members.get(i++)), range)
              : candidates.get(wild.get(j++));
      left.add(candidate);
      if (candidate.isCertain()) {
        break;
      }
    }
    return left;
  }

  /** Behind one that matches for certain nothing is looked at. */
  static List<Candidate> untilCertain(List<Candidate> candidates) {
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.get(i).isCertain()) {
        return List.copyOf(candidates.subList(0, i + 1));
      }
    }
    return List.copyOf(candidates);
  }
}
