package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import java.util.Comparator;

/** What identifies an LSA apart from its instance: LS type, Link State ID, Advertising Router. */
public record LsaKey(int type, Ipv4Address linkStateId, RouterId advertisingRouter)
    implements Comparable<LsaKey> {
  private static final Comparator<LsaKey> ORDER =
      Comparator.comparingInt(LsaKey::type)
          .thenComparing(LsaKey::linkStateId)
          .thenComparing(LsaKey::advertisingRouter);

  public static LsaKey of(LsaType type, Ipv4Address linkStateId, RouterId advertisingRouter) {
    return new LsaKey(type.wireValue(), linkStateId, advertisingRouter);
  }

  /** The key of a router's own router-LSA. */
  public static LsaKey router(RouterId id) {
    return of(LsaType.ROUTER, new Ipv4Address(id.bits()), id);
  }

  @Override
  public int compareTo(LsaKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "type " + type + " id " + linkStateId + " adv " + advertisingRouter;
  }
}
