package dev.culvert.ipsec.sa;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long ago packets of an SA pair last came and went.
 *
 * @param sinceInbound since an authentic packet of the peer arrived; null if none has
 * @param sinceOutbound since one was sealed; null if none has been
 */
public record SaActivity(@Nullable Duration sinceInbound, @Nullable Duration sinceOutbound) {
  public static final SaActivity NONE = new SaActivity(null, null);
}
