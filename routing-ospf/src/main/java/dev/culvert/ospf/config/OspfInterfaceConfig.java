package dev.culvert.ospf.config;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
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
    return new OspfInterfaceConfig(
        name,
        type,
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

  public OspfInterfaceConfig withMetric(int cost) {
    return new OspfInterfaceConfig(
        name,
        networkType,
        cost,
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

  public OspfInterfaceConfig withPassive(boolean isPassive) {
    return new OspfInterfaceConfig(
        name,
        networkType,
        metric,
        isPassive,
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

  public OspfInterfaceConfig withHello(Duration hello, Duration dead) {
    return new OspfInterfaceConfig(
        name,
        networkType,
        metric,
        passive,
        disabled,
        hello,
        dead,
        retransmitInterval,
        transitDelay,
        priority,
        mtu,
        ignoreMtu,
        authentication,
        liveness);
  }

  public OspfInterfaceConfig withPriority(int routerPriority) {
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
        routerPriority,
        mtu,
        ignoreMtu,
        authentication,
        liveness);
  }

  public OspfInterfaceConfig withMtu(@Nullable Integer announced, boolean ignore) {
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
        announced,
        ignore,
        authentication,
        liveness);
  }

  public OspfInterfaceConfig withAuthentication(OspfAuthentication how) {
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
        how,
        liveness);
  }

  public OspfInterfaceConfig withLiveness(LivenessConfig config) {
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
        config);
  }
}
