package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.measure.SequenceLog.Gap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LossStoryTest {
  private static final double PER_SECOND = 20_000;

  @Test
  void eachRunIsPlacedBesideTheRekeyBeforeIt() {
    String told =
        new LossStory(
                List.of(new Gap(2_000, 1), new Gap(31_000, 380)),
                0,
                new TreeMap<>(Map.of("host B, Udp: RcvbufErrors", 12L)),
                PER_SECOND,
                List.of(0.5, 1.5))
            .tell();
    assertThat(told)
        .isEqualTo(
            "381 packets missing in 2 runs: 1 at 0.10 s (before the first rekey), 380 at 1.55 s"
                + " (0.05 s after a rekey was asked for); counters that grew: host B, Udp:"
                + " RcvbufErrors 12");
  }

  @Test
  void manyRunsAreCutShortAndWhatTheSenderRefusedIsNotLost() {
    List<Gap> gaps =
        List.of(
            new Gap(0, 1),
            new Gap(2, 1),
            new Gap(4, 1),
            new Gap(6, 1),
            new Gap(8, 1),
            new Gap(10, 3));
    String told = new LossStory(gaps, 3, new TreeMap<>(), PER_SECOND, List.of()).tell();
    assertThat(told)
        .startsWith("5 packets missing in 6 runs: ")
        .endsWith(", …; 3 more were refused by the sender's kernel; counters that grew: none");
  }
}
