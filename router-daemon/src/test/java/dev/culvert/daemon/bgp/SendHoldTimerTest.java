package dev.culvert.daemon.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a channel with a clock of its own. */
class SendHoldTimerTest {
  /** A peer that takes a message only when told to. */
  private static final class SlowPeer extends ChannelOutboundHandlerAdapter {
    private final ArrayDeque<ChannelPromise> waiting = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      waiting.add(promise);
    }

    void takeOne() {
      waiting.remove().setSuccess();
    }
  }

  private final AtomicInteger expired = new AtomicInteger();
  private final SlowPeer peer = new SlowPeer();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(peer, new SendHoldTimer(Duration.ofSeconds(480), expired::incrementAndGet));
  }

  private void send() {
    channel.writeAndFlush("message", channel.voidPromise());
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void itExpiresOnceWhenNothingCouldBeSentForItsTime() {
    send();
    pass(479);
    assertThat(expired).hasValue(0);
    pass(1);
    pass(10_000);
    assertThat(expired).hasValue(1);
  }

  @Test
  void keepalivesThatJoinTheQueueDoNotSaveThePeer() {
    send();
    for (int second = 0; second < 480; second += 30) {
      send();
      pass(30);
    }
    assertThat(expired).hasValue(1);
  }

  @Test
  void aPeerThatTakesAMessageNowAndThenIsKept() {
    for (int i = 0; i < 20; i++) {
      send();
    }
    for (int i = 0; i < 10; i++) {
      pass(470);
      peer.takeOne();
    }
    pass(479);
    assertThat(expired).hasValue(0);
    pass(1);
    assertThat(expired).hasValue(1);
  }

  @Test
  void aPeerThatHasTakenEverythingIsKeptForEver() {
    send();
    peer.takeOne();
    pass(100_000);
    send();
    pass(479);
    peer.takeOne();
    pass(100_000);
    assertThat(expired).hasValue(0);
    assertThat(channel.runScheduledPendingTasks()).as("no timer is left").isEqualTo(-1);
  }

  @Test
  void aConnectionThatEndsTakesItsTimerAlong() {
    send();
    channel.close();
    pass(10_000);
    assertThat(expired).hasValue(0);
  }
}
