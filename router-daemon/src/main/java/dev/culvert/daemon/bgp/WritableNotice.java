package dev.culvert.daemon.bgp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Tells once for each time it is asked that the connection's output buffer has room: below Netty's
 * high water mark, or after it was above, below the low one. Confined to the connection's event
 * loop.
 */
final class WritableNotice extends ChannelInboundHandlerAdapter {
  private final Runnable writable;
  private boolean asked;

  WritableNotice(Runnable writable) {
    this.writable = writable;
  }

  /** Asks, behind what was written before. */
  void ask(boolean isWritable) {
    asked = true;
    tell(isWritable);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    tell(context.channel().isWritable());
    context.fireChannelWritabilityChanged();
  }

  private void tell(boolean isWritable) {
    if (asked && isWritable) {
      asked = false;
      writable.run();
    }
  }
}
