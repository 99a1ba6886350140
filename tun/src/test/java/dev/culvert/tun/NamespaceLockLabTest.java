package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One router in a namespace, by the kernel's own word. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NamespaceLockLabTest {
  private static final int NOBODY = 65533;

  @Test
  void aSecondRouterIsRefusedAndToldThePidOfTheFirstUntilThatIsGone() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      NamespaceLock first = namespace.call(NamespaceLock::take);
      assertThatThrownBy(() -> namespace.call(NamespaceLock::take))
          .isInstanceOf(NamespaceLock.HeldException.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid())
          .hasMessageContaining("network namespace");
      first.close();
      namespace.call(NamespaceLock::take).close();
    }
  }

  @Test
  void anotherNamespaceHasALockOfItsOwn() throws Exception {
    try (NetworkNamespace one = new NetworkNamespace();
        NetworkNamespace other = new NetworkNamespace();
        NamespaceLock first = one.call(NamespaceLock::take)) {
      NamespaceLock second = other.call(NamespaceLock::take);
      assertThat(second.squatter()).isNull();
      second.close();
      assertThatThrownBy(() -> one.call(NamespaceLock::take))
          .isInstanceOf(NamespaceLock.HeldException.class);
    }
  }

  @Test
  void aUserWithoutPrivilegesWhoTakesTheNameKeepsNobodyFromStarting() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      Process squatter = namespace.call(() -> squat());
      try {
        // It says so once it listens.
        squatter.inputReader().readLine();
        try (NamespaceLock lock = namespace.call(NamespaceLock::take)) {
          assertThat(lock.squatter())
              .isEqualTo(new NamespaceLock.Holder((int) squatter.pid(), NOBODY));
        }
      } finally {
        squatter.destroyForcibly();
      }
    }
  }

  private static Process squat() throws Exception {
    String program =
        """
        use Socket;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die $!;
        bind($s, pack("S a*", AF_UNIX, "\\0culvertd")) or die $!;
        listen($s, 8) or die $!;
        $| = 1; print "listening\\n"; sleep 60;
        """;
    return new ProcessBuilder(
            List.of("setpriv", "--reuid=" + NOBODY, "--clear-groups", "perl", "-e", program))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
