package dev.culvert.daemon.io;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The SendHoldTimer of RFC 9687: a peer that has taken nothing of what waits for it is called once,
 * when that has lasted for the time given. Its own messages do not save it.
 */
final class SendHoldTimer extends IdleStateHandler {
  private final Runnable expired;

  SendHoldTimer(Duration sendHoldTime, Runnable expired) {
    // Observing the output, so that a slow peer with much to take is no stuck one.
    super(true, 0, sendHoldTime.toMillis(), 0, TimeUnit.MILLISECONDS);
    this.expired = expired;
  }

  @Override
  protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
    int highWaterMark = context.channel().config().getWriteBufferHighWaterMark();
    boolean waiting = context.channel().bytesBeforeUnwritable() < highWaterMark;
    if (waiting) {
      expired.run();
    }
  }
}
