package dev.culvert.daemon.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.wire.Secret;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Md5KeysTest {
  private static final Secret KEY = Secret.copyOf(new byte[] {1, 2, 3});

  private final List<byte[]> seen = new ArrayList<>();

  @Test
  void nothingIsLeftOfThemOnceTheyAreUsed() {
    InetAddress peer = InetAddress.getLoopbackAddress();
    int length =
        Md5Keys.reveal(
            Map.of(peer, KEY),
            keys -> {
              byte[] revealed = keys.get(peer);
              assertThat(revealed).containsExactly(1, 2, 3);
              seen.add(revealed);
              return revealed.length;
            });
    assertThat(length).isEqualTo(3);
    assertThat(seen).containsExactly(new byte[3]);
    assertThat(KEY.isErased()).as("that of the configuration").isFalse();
  }

  @Test
  void norWhereTheyAreRefused() {
    assertThatThrownBy(() ->
            Md5Keys.reveal(
                Map.of(InetAddress.getLoopbackAddress(), KEY),
                keys -> {
                  seen.addAll(keys.values());
                  throw new IllegalStateException();
                }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(seen).containsExactly(new byte[3]);
  }
}
