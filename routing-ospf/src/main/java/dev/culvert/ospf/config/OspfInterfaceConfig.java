package dev.culvert.ospf.config;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ospf.packet.OspfAuthentication;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code interface NAME { … }} inside an area (RFC 2328 §C.3).
 *
 * @param networkType null: point-to-point where the device is, otherwise broadcast
 * @param metric output cost; null: from the reference bandwidth
 * @param disabled OSPF leaves the interface alone, as if it were not listed
 * @param mtu what Database Description packets announce and allow; null: the device's
 * @param ignoreMtu take Database Description packets of any Interface MTU
 */
public record OspfInterfaceConfig(
    InterfaceName name,
    @Nullable NetworkType networkType,
    @Nullable Integer metric,
    boolean passive,
    boolean disabled,
    Duration helloInterval,
    Duration deadInterval,
    Duration retransmitInterval,
    Duration transitDelay,
    int priority,
    @Nullable Integer mtu,
    boolean ignoreMtu,
    OspfAuthentication authentication,
    @Nullable LivenessConfig liveness) {

  public static final int DEFAULT_HELLO_SECONDS = 10;
  public static final int DEFAULT_RETRANSMIT_SECONDS = 5;
  public static final int DEFAULT_TRANSIT_DELAY_SECONDS = 1;
  public static final int DEFAULT_PRIORITY = 128;

  /** The dead interval follows the hello interval unless it is configured itself. */
  public static final int DEAD_HELLOS = 4;

  /** All defaults. */
  public static OspfInterfaceConfig of(InterfaceName name) {
    return new OspfInterfaceConfig(
        name,
        null,
        null,
        false,
        false,
        Duration.ofSeconds(DEFAULT_HELLO_SECONDS),
        Duration.ofSeconds(DEFAULT_HELLO_SECONDS * DEAD_HELLOS),
        Duration.ofSeconds(DEFAULT_RETRANSMIT_SECONDS),
        Duration.ofSeconds(DEFAULT_TRANSIT_DELAY_SECONDS),
        DEFAULT_PRIORITY,
        null,
        false,
        OspfAuthentication.NONE,
        null);
  }

  public OspfInterfaceConfig withNetworkType(NetworkType type) {
    return with(draft -> draft.networkType = type);
  }

  public OspfInterfaceConfig withMetric(int cost) {
    return with(draft -> draft.metric = cost);
  }

  public OspfInterfaceConfig withPassive(boolean isPassive) {
    return with(draft -> draft.passive = isPassive);
  }

  public OspfInterfaceConfig withHello(Duration hello, Duration dead) {
    return with(draft -> {
      draft.helloInterval = hello;
      draft.deadInterval = dead;
    });
  }

  public OspfInterfaceConfig withPriority(int routerPriority) {
    return with(draft -> draft.priority = routerPriority);
  }

  public OspfInterfaceConfig withMtu(@Nullable Integer announced, boolean ignore) {
    return with(draft -> {
      draft.mtu = announced;
      draft.ignoreMtu = ignore;
    });
  }

  public OspfInterfaceConfig withAuthentication(OspfAuthentication how) {
    return with(draft -> draft.authentication = how);
  }

  public OspfInterfaceConfig withLiveness(LivenessConfig config) {
    return with(draft -> draft.liveness = config);
  }

  private OspfInterfaceConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finish(name);
  }

  /** What a record cannot do: be changed in one component. */
  private static final class Draft {
    @Nullable NetworkType networkType;
    @Nullable Integer metric;
    boolean passive;
    boolean disabled;
    Duration helloInterval;
    Duration deadInterval;
    Duration retransmitInterval;
    Duration transitDelay;
    int priority;
    @Nullable Integer mtu;
    boolean ignoreMtu;
    OspfAuthentication authentication;
    @Nullable LivenessConfig liveness;

    Draft(OspfInterfaceConfig from) {
      networkType = from.networkType;
      metric = from.metric;
      passive = from.passive;
      disabled = from.disabled;
      helloInterval = from.helloInterval;
      deadInterval = from.deadInterval;
      retransmitInterval = from.retransmitInterval;
      transitDelay = from.transitDelay;
      priority = from.priority;
      mtu = from.mtu;
      ignoreMtu = from.ignoreMtu;
      authentication = from.authentication;
      liveness = from.liveness;
    }

    OspfInterfaceConfig finish(InterfaceName name) {
      return new OspfInterfaceConfig(
          name,
          networkType,
          metric,
          passive,
          disabled,
          helloInterval,
          deadInterval,
          retransmitInterval,
          transitDelay,
          priority,
          mtu,
          ignoreMtu,
          authentication,
          liveness);
    }
  }
}
