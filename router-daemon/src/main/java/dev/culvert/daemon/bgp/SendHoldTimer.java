package dev.culvert.daemon.bgp;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The SendHoldTimer of RFC 9687: calls once when messages have waited for as long as given and not
 * one of them could be sent. Neither the peer's own messages nor ours that join the queue save it.
 * Confined to the connection's event loop.
 */
final class SendHoldTimer extends ChannelDuplexHandler {
  private final long nanos;
  private final Runnable expired;
  private int waiting;
  private long lastSent;
  private @Nullable Future<?> check;

  SendHoldTimer(Duration sendHoldTime, Runnable expired) {
    this.nanos = sendHoldTime.toNanos();
    this.expired = expired;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (waiting++ == 0) {
      lastSent = now(context);
      if (check == null) {
        checkIn(context, nanos);
      }
    }
    context.write(message, promise.unvoid()).addListener(done -> sent(context));
  }

  private void sent(ChannelHandlerContext context) {
    waiting--;
    lastSent = now(context);
  }

  private void checkIn(ChannelHandlerContext context, long delay) {
    check = context.executor().schedule(() -> check(context), delay, TimeUnit.NANOSECONDS);
  }

  private void check(ChannelHandlerContext context) {
    check = null;
    if (waiting == 0) {
      return;
    }
    long left = lastSent + nanos - now(context);
    if (left > 0) {
      checkIn(context, left);
    } else {
      expired.run();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (check != null) {
      check.cancel(false);
      check = null;
    }
  }

  private static long now(ChannelHandlerContext context) {
    return context.executor().ticker().nanoTime();
  }
}
