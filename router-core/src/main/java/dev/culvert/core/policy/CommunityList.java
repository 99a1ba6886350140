package dev.culvert.core.policy;

import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Community;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * {@code community NAME members [ … ]}: literals such as {@code 65001:100}, {@code no-export} or
 * {@code large:65001:1:2}, and patterns such as {@code 65001:*}, {@code 6500[12]:1..} or {@code
 * large:65001:*:*}.
 */
public final class CommunityList {
  private static final Pattern PATTERN =
      Pattern.compile("(large:)?(?=.*:)[0-9.*+?:()\\[\\]|^$,{}-]+");

  /** What such a word may mean if it is a literal; that it is in range is another matter. */
  private static final Pattern LITERAL = Pattern.compile("(large:)?[0-9]+(:[0-9]+)*");

  /**
   * One member: a literal, or a pattern over the form in numbers.
   *
   * @param text what stands for the whole of it: equal texts match equally
   * @param literal null for a pattern
   */
  private record Member(
      String text, @Nullable Community literal, Predicate<? super Community> matches) {
    static Member of(Community literal) {
      return new Member(literal.inNumbers(), literal, literal::equals);
    }

    static Member of(String text, Pattern pattern) {
      Predicate<String> matches = pattern.asMatchPredicate();
      return new Member(text, null, community -> matches.test(community.inNumbers()));
    }

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
    Optional<Community> literal = Community.parse(word);
    if (literal.isPresent() || LITERAL.matcher(word).matches()) {
      return literal.map(Member::of);
    }
    if (!PATTERN.matcher(word).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Member.of(word, Pattern.compile(expression(word))));
    } catch (PatternSyntaxException malformed) {
      return Optional.empty();
    }
  }

  /** Junos: {@code .} is one digit, and {@code *} in place of a whole part is any number. */
  private static String expression(String text) {
    return text.replaceAll("(^|:)\\*(?=$|:)", "$1[0-9]+").replace(".", "[0-9]");
  }

  public String name() {
    return name;
  }

  /** True if every member can be added to a route; a pattern cannot. */
  boolean isLiteral() {
    return members.stream().allMatch(m -> m.literal() != null);
  }

  /** True if each member is found among the route's communities. */
  boolean matches(Communities communities) {
    return members.stream().allMatch(m -> communities.values().stream().anyMatch(m.matches()));
  }

  /** {@code communities} and the literals of this list. */
  Communities addedTo(Communities communities) {
    return communities.plus(
        members.stream().map(Member::literal).filter(Objects::nonNull).toList());
  }

  /** {@code communities} without those any member matches. */
  Communities deletedFrom(Communities communities) {
    return communities.without(c -> members.stream().anyMatch(m -> m.matches().test(c)));
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
