package dev.culvert.core.policy;

import com.google.common.collect.ImmutableBiMap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * {@code community NAME members [ … ]}: literals such as {@code 65001:100}, {@code no-export} or
 * {@code large:65001:1:2}, and patterns such as {@code 65001:*} or {@code 6500[12]:1..}.
 */
public final class CommunityList {
  /** RFC 1997's well-known communities. */
  private static final ImmutableBiMap<String, String> WELL_KNOWN =
      ImmutableBiMap.of(
          "no-export", "65535:65281",
          "no-advertise", "65535:65282",
          "no-export-subconfed", "65535:65283");

  private static final Pattern PATTERN_CHARACTERS = Pattern.compile("[0-9.*+?:()\\[\\]|^$,{}-]+");
  private static final Pattern STANDARD = Pattern.compile("[0-9]{1,5}:[0-9]{1,5}");
  private static final Pattern LARGE = Pattern.compile("large:[0-9]{1,10}:[0-9]{1,10}:[0-9]{1,10}");

  /**
   * One member: a literal as Junos prints it, or a pattern over the form in numbers.
   *
   * @param text what stands for the whole of it: equal texts match equally
   */
  private record Member(String text, String literal, Predicate<String> matches) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Member member && text.equals(member.text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }
  }

  private final String name;
  private final List<Member> members;

  private CommunityList(String name, List<Member> members) {
    this.name = name;
    this.members = List.copyOf(members);
  }

  /** Empty if a member is neither a community nor a pattern. */
  static Optional<CommunityList> of(String name, List<String> members) {
    List<Member> compiled = new ArrayList<>();
    for (String member : members) {
      Optional<Member> one = member(member);
      if (one.isEmpty()) {
        return Optional.empty();
      }
      compiled.add(one.get());
    }
    return Optional.of(new CommunityList(name, compiled));
  }

  static boolean isMember(String word) {
    return member(word).isPresent();
  }

  private static Optional<Member> member(String word) {
    String text = inNumbers(word);
    if (STANDARD.matcher(text).matches()) {
      boolean inRange = true;
      for (String half : text.split(":", 2)) {
        inRange &= Integer.parseInt(half) <= 65535;
      }
      return inRange ? Optional.of(new Member(text, byName(text), text::equals)) : Optional.empty();
    }
    if (LARGE.matcher(text).matches()) {
      return Optional.of(new Member(text, text, text::equals));
    }
    if (!PATTERN_CHARACTERS.matcher(text).matches() || text.indexOf(':') < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Member(text, "", Pattern.compile(expression(text)).asMatchPredicate()));
    } catch (PatternSyntaxException malformed) {
      return Optional.empty();
    }
  }

  /** Junos: {@code .} is one digit, and {@code *} in place of a whole half is any number. */
  private static String expression(String text) {
    return text.replaceAll("(^|:)\\*(?=$|:)", "$1[0-9]+").replace(".", "[0-9]");
  }

  /** Well-known names as numbers, so that either spelling matches. */
  private static String inNumbers(String community) {
    return WELL_KNOWN.getOrDefault(community, community);
  }

  /** As Junos prints it: well-known communities by name. */
  private static String byName(String community) {
    return WELL_KNOWN.inverse().getOrDefault(community, community);
  }

  public String name() {
    return name;
  }

  /** True if every member can be added to a route; a pattern cannot. */
  boolean isLiteral() {
    return members.stream().noneMatch(m -> m.literal().isEmpty());
  }

  /** True if each member is found among the route's communities. */
  boolean matches(List<String> communities) {
    List<String> have = communities.stream().map(CommunityList::inNumbers).toList();
    return members.stream().allMatch(m -> have.stream().anyMatch(m.matches()));
  }

  /** {@code communities} and the members of this list, without repetition. */
  List<String> addedTo(List<String> communities) {
    Set<String> result = new LinkedHashSet<>();
    communities.forEach(c -> result.add(byName(c)));
    members.forEach(m -> result.add(m.literal()));
    return List.copyOf(result);
  }

  /** {@code communities} without those any member matches. */
  List<String> deletedFrom(List<String> communities) {
    return communities.stream()
        .filter(c -> members.stream().noneMatch(m -> m.matches().test(inNumbers(c))))
        .toList();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CommunityList list
        && name.equals(list.name)
        && members.equals(list.members);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, members);
  }

  @Override
  public String toString() {
    return name;
  }
}
