package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTableTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 40, 2_000, 65_536})
  void theTableHoldsWhatAMapHolds(int tokens) {
    long seed = tokens;
    Random random = new Random(seed);
    Map<Integer, Integer> map = new HashMap<>();
    TokenTable<Integer> table = TokenTable.empty();
    for (int step = 0; step < 5_000; step++) {
      int token = random.nextInt(tokens);
      Integer value = random.nextInt(3) == 0 ? null : step;
      map.put(token, value);
      table = table.with(token, value);
    }
    for (int token = 0; token < 2 * tokens; token++) {
      assertThat(table.get(token)).as("seed %d", seed).isEqualTo(map.get(token));
    }
  }

  @Test
  void whoHoldsATableSeesNothingOfWhatBecomesOfIt() {
    TokenTable<String> before = TokenTable.<String>empty().with(3, "before");
    TokenTable<String> after = before.with(3, "after").with(5_000, "far");
    assertThat(before.get(3)).isEqualTo("before");
    assertThat(before.get(5_000)).isNull();
    assertThat(after.get(3)).isEqualTo("after");
    assertThat(after.get(5_000)).isEqualTo("far");
  }

  @Test
  void aPoolGivesTheSmallestFreeToken() {
    TokenPool pool = new TokenPool(3);
    assertThat(pool.take()).isZero();
    assertThat(pool.take()).isEqualTo(1);
    assertThat(pool.take()).isEqualTo(2);
    pool.giveBack(1);
    pool.giveBack(0);
    assertThat(pool.take()).isZero();
    assertThat(pool.take()).isEqualTo(1);
    assertThatThrownBy(pool::take).isInstanceOf(IllegalStateException.class);
  }
}
