package dev.culvert.ospf.lsdb;

import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaHeader;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One LSA in the database: the instance, when it was installed and where it came from. */
public final class DatabaseCopy {
  /** How an instance came into the database. */
  public enum Origin {
    /** Made by this router, not received back from another. */
    SELF,
    /** Received in answer to a Link State Request. */
    REQUESTED,
    /** Received without having been asked for. */
    FLOODED
  }

  private final Lsa lsa;
  private final LsaBody body;
  private final Instant installedAt;
  private final Origin origin;
  private @Nullable Instant sentBackAt;

  DatabaseCopy(Lsa lsa, LsaBody body, Instant installedAt, Origin origin) {
    this.lsa = lsa;
    this.body = body;
    this.installedAt = installedAt;
    this.origin = origin;
  }

  public LsaBody body() {
    return body;
  }

  public Instant installedAt() {
    return installedAt;
  }

  public Origin origin() {
    return origin;
  }

  /** The age grows with the time in the database (RFC 2328 §14), and stops at MaxAge. */
  public int age(Instant now) {
    long held = Math.max(0, Duration.between(installedAt, now).toSeconds());
    return (int) Math.min(lsa.header().age() + held, LsaHeader.MAX_AGE);
  }

  public boolean isMaxAge(Instant now) {
    return age(now) >= LsaHeader.MAX_AGE;
  }

  public Instant maxAgeAt() {
    return installedAt.plusSeconds(Math.max(0, LsaHeader.MAX_AGE - lsa.header().age()));
  }

  public LsaHeader header(Instant now) {
    return lsa.header().withAge(age(now));
  }

  public Lsa lsa(Instant now) {
    return lsa.withAge(age(now));
  }

  /** True, and remembered, unless the copy was sent back within the interval before. */
  public boolean maySendBack(Instant now, Duration interval) {
    Instant last = sentBackAt;
    if (last != null && now.isBefore(last.plus(interval))) {
      return false;
    }
    sentBackAt = now;
    return true;
  }

  /** RFC 2328 §13.2: whether replacing {@code before} can change a route. */
  boolean differsFrom(@Nullable DatabaseCopy before, Instant now) {
    return before == null
        || before.isMaxAge(now) != isMaxAge(now)
        || before.lsa.header().options() != lsa.header().options()
        || !before.lsa.content().equals(lsa.content());
  }
}
