package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** He may listen, or only have bound it, or let callers wait until no more may. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen($s, 8) or die $!;",
        "",
        """
        listen($s, 0) or die $!;
        socket(my $c, PF_UNIX, SOCK_STREAM, 0) or die $!;
        connect($c, $name) or die $!;
        """
      })
  void aUserWithoutPrivilegesWhoTakesTheNameKeepsNobodyFromStarting(String manner)
      throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      Process squatter = namespace.call(() -> squat(NOBODY, manner));
      try {
        assertThat(squatter.inputReader().readLine()).isEqualTo("there");
        try (NamespaceLock lock = namespace.call(NamespaceLock::take)) {
          assertThat(lock.squatter())
              .isEqualTo(new NamespaceLock.Holder((int) squatter.pid(), NOBODY));
        }
      } finally {
        squatter.destroyForcibly();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"listen($s, 8) or die $!;", ""})
  void whoCouldRunARouterKeepsTheNamespaceAlsoBeforeItListens(String manner) throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      Process holder = namespace.call(() -> squat(0, manner));
      try {
        assertThat(holder.inputReader().readLine()).isEqualTo("there");
        assertThatThrownBy(() -> namespace.call(NamespaceLock::take))
            .isInstanceOf(NamespaceLock.HeldException.class)
            .hasMessageContaining("pid " + holder.pid());
      } finally {
        holder.destroyForcibly();
      }
    }
  }

  private static Process squat(int uid, String manner) throws Exception {
    String program =
        """
        use Socket;
        my $name = pack("S a*", AF_UNIX, "\\0culvertd");
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die $!;
        bind($s, $name) or die $!;
        %s
        $| = 1; print "there\\n"; sleep 60;
        """
            .formatted(manner);
    return new ProcessBuilder(
            List.of("setpriv", "--reuid=" + uid, "--clear-groups", "perl", "-e", program))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
