package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.esp.JceAeadProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiTableTest {
  private static final TunnelUnit TUNNEL = new TunnelUnit(List.of(new InMemoryTun("st0.0")));
  private static final InboundSa SA =
      new InboundSa(DataPathRig.sa().build(), new JceAeadProvider());

  @ParameterizedTest
  @ValueSource(longs = {50, 51, 52})
  void theTableFindsWhatAMapFinds(long seed) {
    Random random = new Random(seed);
    Map<Integer, InboundBinding> map = new HashMap<>();
    SpiTable table = SpiTable.EMPTY;
    for (int step = 0; step < 5_000; step++) {
      int spi = random.nextInt(8) == 0 ? random.nextInt() : 256 + random.nextInt(600);
      if (random.nextInt(5) < 3) {
        InboundBinding binding = binding(spi);
        map.put(spi, binding);
        table = table.with(binding);
      } else {
        map.remove(spi);
        table = table.without(spi);
      }
      assertThat(table.find(spi)).as("seed %d", seed).isSameAs(map.get(spi));
    }
    for (Map.Entry<Integer, InboundBinding> entry : map.entrySet()) {
      assertThat(table.find(entry.getKey())).as("seed %d", seed).isSameAs(entry.getValue());
    }
    for (int i = 0; i < 10_000; i++) {
      int spi = random.nextInt(2_000);
      assertThat(table.find(spi)).as("seed %d", seed).isSameAs(map.get(spi));
    }
  }

  @Test
  void whoHoldsATableSeesNothingOfWhatBecomesOfIt() {
    InboundBinding first = binding(256);
    SpiTable before = SpiTable.EMPTY.with(first);
    SpiTable after = before;
    for (int spi = 256; spi < 1_000; spi++) {
      after = after.with(binding(spi));
    }
    assertThat(after.without(256).find(256)).isNull();
    assertThat(before.find(256)).isSameAs(first);
    assertThat(before.find(257)).isNull();
    assertThat(SpiTable.EMPTY.find(256)).isNull();
  }

  @Test
  void whatIsNotThereIsTakenOutForNothing() {
    SpiTable table = SpiTable.EMPTY.with(binding(256));
    assertThat(table.without(257)).isSameAs(table);
  }

  private static InboundBinding binding(int spi) {
    return new InboundBinding(spi, SA, 0, TUNNEL, Peer.of(DataPathRig.REMOTE), 0, 0, null);
  }
}
