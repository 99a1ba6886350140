package dev.culvert.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.path.AsPath.Segment;
import dev.culvert.core.path.AsPath.SegmentType;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AsPathTest {
  private static final AsPath WITH_SET =
      new AsPath(
          List.of(
              new Segment(SegmentType.AS_SEQUENCE, List.of(1L, 2L)),
              new Segment(SegmentType.AS_SET, List.of(3L, 4L))));

  @Test
  void aSetCountsOnceAndHoldsItsMembers() {
    assertThat(WITH_SET.length()).isEqualTo(3);
    assertThat(WITH_SET.contains(4)).isTrue();
    assertThat(WITH_SET).hasToString("1 2 {3 4}");
    assertThat(WITH_SET.neighborAs()).isEqualTo(1);
  }

  @Test
  void prependingJoinsASequenceAndStartsOneInFrontOfASet() {
    assertThat(WITH_SET.prepend(List.of(8L, 9L))).hasToString("8 9 1 2 {3 4}");
    AsPath set = new AsPath(List.of(new Segment(SegmentType.AS_SET, List.of(3L))));
    assertThat(set.prepend(List.of(9L)).segments()).hasSize(2);
  }

  @Test
  void aFullSequenceIsNotOverfilled() {
    AsPath full =
        new AsPath(List.of(new Segment(SegmentType.AS_SEQUENCE, Collections.nCopies(255, 5L))));
    AsPath longer = full.prepend(List.of(6L));
    assertThat(longer.segments()).hasSize(2);
    assertThat(longer.length()).isEqualTo(256);
  }

  /** RFC 6793 §4.2.3: the old speaker in between prepended itself to AS_PATH only. */
  @Test
  void theAs4PathReplacesTheTailOfTheOldPath() {
    AsPath old = AsPath.sequence(65003L, 23456L, 23456L);
    assertThat(old.mergedWith(AsPath.sequence(100000L, 100001L)))
        .isEqualTo(AsPath.sequence(65003L, 100000L, 100001L));
  }

  @Test
  void anAs4PathLongerThanTheOldPathIsIgnored() {
    AsPath old = AsPath.sequence(65003L);
    assertThat(old.mergedWith(AsPath.sequence(100000L, 100001L))).isSameAs(old);
  }

  @Test
  void communitiesReadTheirOwnText() {
    List<String> words =
        List.of("65001:100", "no-export", "no-advertise", "large:4200000000:0:4294967295");
    assertThat(Communities.parse(words).orElseThrow().texts()).isEqualTo(words);
    assertThat(Communities.parse(List.of("65536:1"))).isEmpty();
    assertThat(Communities.parse(List.of("red"))).isEmpty();
    assertThat(Communities.parse(List.of("large:1:2"))).isEmpty();
    assertThat(Communities.parse(List.of("large:1:2:4294967296"))).isEmpty();
  }
}
