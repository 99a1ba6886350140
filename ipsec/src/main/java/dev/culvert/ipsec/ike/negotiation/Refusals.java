package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.ipsec.ike.message.NotifyType;
import java.time.Duration;

/**
 * What follows when a peer refuses a request inside an IKE SA: a table of what was asked for, the
 * kind of the refusal, and how many there have been in a row. Pure.
 *
 * <p>Every row has an end. What may pass is asked for again after pauses that grow; what does not
 * pass has another way, at last a fresh IKE SA with a child SA of its own (RFC 7296 §2.8), which
 * even a peer allows that knows the initial exchanges and nothing else (§1.3, §4). Refusals of the
 * initial exchanges themselves end the attempt, and another begins after a pause.
 */
public final class Refusals {
  /** Refusals that may pass are taken for lasting after so many in a row. */
  static final int MOST_TEMPORARY = 6;

  /** The same while nothing else carries the packets. */
  static final int MOST_TEMPORARY_WITHOUT_PAIR = 3;

  /** Groups that a peer may name one after the other, as it could go on for ever. */
  static final int MOST_GROUPS = 2;

  /** A peer's policy can be changed meanwhile; that it was is not worth more than one try. */
  static final int MOST_OF_POLICY = 2;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private Refusals() {}

  /** What was asked for. */
  public enum Asked {
    /** A child SA for a tunnel that has none. */
    FIRST_CHILD,
    /** One of a tunnel that has one for each of several policies: the others go on without it. */
    ONE_OF_SEVERAL_CHILDREN,
    /** One more for a queue of its own (RFC 9611). */
    ADDITIONAL_CHILD,
    REKEY_CHILD,
    REKEY_IKE,
    /** A delete, or a sign of life. */
    INFORMATIONAL
  }

  /** What the refusal says of a next time. */
  public enum Kind {
    /** TEMPORARY_FAILURE: there may be one (§2.25). */
    PASSING,
    /** NO_ADDITIONAL_SAS: not on this IKE SA (§1.3). */
    NOT_ON_THIS_IKE_SA,
    /** CHILD_SA_NOT_FOUND: the peer has no such pair (§2.25.1). */
    NO_SUCH_PAIR,
    /** INVALID_KE_PAYLOAD with a group that we allow: with that one (§1.3). */
    OTHER_GROUP,
    /** INVALID_SYNTAX: the IKE SA is at its end, on both sides (§2.21.3). */
    FATAL,
    /** All else, types included that we do not know (§3.10.1): not as things are. */
    POLICY;

    /**
     * @param allowsGroup we can take the group that the peer names
     */
    public static Kind of(int notifyType, boolean allowsGroup) {
      return NotifyType.ofWireValue(notifyType)
          .map(type ->
              switch (type) {
                case TEMPORARY_FAILURE -> PASSING;
                case NO_ADDITIONAL_SAS -> NOT_ON_THIS_IKE_SA;
                case CHILD_SA_NOT_FOUND -> NO_SUCH_PAIR;
                case INVALID_KE_PAYLOAD -> allowsGroup ? OTHER_GROUP : POLICY;
                case INVALID_SYNTAX -> FATAL;
                default -> POLICY;
              })
          .orElse(POLICY);
    }
  }

  public enum Reaction {
    /** The same again after {@link #pause}. */
    RETRY_LATER,
    /** The same at once, with the group that the peer has named. */
    RETRY_WITH_ITS_GROUP,
    /** The pair is gone there, so it goes here; the tunnel looks for another. */
    FORGET_PAIR,
    /** It is not asked for again on this IKE SA. */
    DO_WITHOUT,
    /** A fresh IKE SA takes the place of this one: see {@code Succession}. */
    FRESH_IKE_SA,
    /** The peer has answered; that was the point. */
    NOTHING
  }

  /**
   * @param inARow refusals on this IKE SA since the last exchange that succeeded, this one included
   * @param left until what is to be replaced ends of its own
   */
  public static Reaction reaction(Asked asked, Kind kind, int inARow, Duration left) {
    return switch (asked) {
      case FIRST_CHILD ->
          switch (kind) {
            case PASSING -> retry(inARow < MOST_TEMPORARY_WITHOUT_PAIR);
            case OTHER_GROUP -> withItsGroup(inARow);
            case NOT_ON_THIS_IKE_SA, FATAL -> Reaction.FRESH_IKE_SA;
            case NO_SUCH_PAIR, POLICY -> retry(inARow < MOST_OF_POLICY);
          };
      case ONE_OF_SEVERAL_CHILDREN ->
          switch (kind) {
            case OTHER_GROUP ->
                inARow <= MOST_GROUPS ? Reaction.RETRY_WITH_ITS_GROUP : Reaction.RETRY_LATER;
            case PASSING, NOT_ON_THIS_IKE_SA, NO_SUCH_PAIR, POLICY -> Reaction.RETRY_LATER;
            case FATAL -> Reaction.FRESH_IKE_SA;
          };
      case REKEY_CHILD ->
          switch (kind) {
            case PASSING -> retry(inARow < MOST_TEMPORARY && isTimeFor(inARow, left));
            case OTHER_GROUP -> withItsGroup(inARow);
            case NO_SUCH_PAIR -> Reaction.FORGET_PAIR;
            case NOT_ON_THIS_IKE_SA, FATAL -> Reaction.FRESH_IKE_SA;
            case POLICY -> retry(inARow < MOST_OF_POLICY && isTimeFor(inARow, left));
          };
      case REKEY_IKE ->
          switch (kind) {
            case PASSING -> retry(inARow < MOST_TEMPORARY && isTimeFor(inARow, left));
            case OTHER_GROUP -> withItsGroup(inARow);
            case NOT_ON_THIS_IKE_SA, FATAL -> Reaction.FRESH_IKE_SA;
            case NO_SUCH_PAIR, POLICY -> retry(inARow < MOST_OF_POLICY && isTimeFor(inARow, left));
          };
      case ADDITIONAL_CHILD ->
          switch (kind) {
            case PASSING -> inARow < MOST_TEMPORARY ? Reaction.RETRY_LATER : Reaction.DO_WITHOUT;
            case OTHER_GROUP, NOT_ON_THIS_IKE_SA, NO_SUCH_PAIR, POLICY -> Reaction.DO_WITHOUT;
            case FATAL -> Reaction.FRESH_IKE_SA;
          };
      case INFORMATIONAL ->
          switch (kind) {
            case PASSING, OTHER_GROUP, NOT_ON_THIS_IKE_SA, NO_SUCH_PAIR, POLICY -> Reaction.NOTHING;
            case FATAL -> Reaction.FRESH_IKE_SA;
          };
    };
  }

  private static Reaction retry(boolean again) {
    return again ? Reaction.RETRY_LATER : Reaction.FRESH_IKE_SA;
  }

  private static Reaction withItsGroup(int inARow) {
    return inARow <= MOST_GROUPS ? Reaction.RETRY_WITH_ITS_GROUP : Reaction.FRESH_IKE_SA;
  }

  /** After another pause there is still as long to replace the IKE SA. */
  private static boolean isTimeFor(int inARow, Duration left) {
    return pause(inARow).multipliedBy(2).compareTo(left) < 0;
  }

  /** 2, 4, 8 … 60 seconds. */
  public static Duration pause(int inARow) {
    Duration pause = Duration.ofSeconds(1L << Math.clamp(inARow, 1, 6));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }
}
