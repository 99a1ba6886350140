package dev.culvert.firewall.application;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One alternative of an application.
 *
 * @param alg whose gateway looks into flows of it; null for none
 * @param inactivityTimeout after which an idle session ends; null for the protocol's default,
 *     {@link #NEVER} for no end
 */
public record ApplicationTerm(
    ServiceMatch match, @Nullable Alg alg, @Nullable Duration inactivityTimeout) {
  /** As long as connection tracking can say: 2³¹ - 1 ticks of 10 ms, some eight months. */
  public static final Duration NEVER = Duration.ofSeconds(Integer.MAX_VALUE / 100);

  public static ApplicationTerm of(ServiceMatch match) {
    return new ApplicationTerm(match, null, null);
  }
}
