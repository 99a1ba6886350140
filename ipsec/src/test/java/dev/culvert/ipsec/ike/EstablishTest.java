package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EstablishTest {
  @Test
  void aTunnelConfiguredImmediatelyComesUpOnBothSides() {
    Wire wire = new Wire(1);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());

    wire.run(Duration.ofSeconds(1));

    assertThat(wire.left.vpn().lastFailure()).isEmpty();
    assertThat(wire.bothUp()).isTrue();
    assertThat(wire.left.send()).isTrue();
    assertThat(wire.right.send()).isTrue();
  }
}
