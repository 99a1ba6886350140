package dev.culvert.daemon.bgp;

import dev.culvert.bgp.message.BgpFramer;
import dev.culvert.core.wire.Octets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Cuts one connection's byte stream into messages, and stops reading while too many of them wait
 * for the routing thread: TCP then slows the peer down. Confined to the connection's event loop.
 */
final class BgpReader extends SimpleChannelInboundHandler<ByteBuf> {
  /** Messages that may wait, of at most 4096 octets each. */
  static final int MOST_WAITING = 2048;

  private static final int FEW_WAITING = MOST_WAITING / 4;

  private final Consumer<Octets> messages;
  private final Consumer<String> lost;
  private final Executor routing;
  private final AtomicInteger waiting = new AtomicInteger();
  private final BgpFramer framer = new BgpFramer();

  /**
   * @param messages hands a message to the routing thread
   * @param lost told why the connection is no more, perhaps twice
   * @param routing runs on the routing thread, behind what was handed there before
   */
  BgpReader(Consumer<Octets> messages, Consumer<String> lost, Executor routing) {
    this.messages = messages;
    this.lost = lost;
    this.routing = routing;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf received) {
    byte[] bytes = new byte[received.readableBytes()];
    received.readBytes(bytes);
    int count = 0;
    for (BgpFramer.Framed framed : framer.feed(Octets.wrap(bytes))) {
      messages.accept(framed.octets());
      count++;
    }
    if (count == 0) {
      return;
    }
    if (waiting.addAndGet(count) > MOST_WAITING) {
      context.channel().config().setAutoRead(false);
    }
    int handed = count;
    routing.execute(() -> handled(handed, context.channel()));
  }

  private void handled(int count, Channel channel) {
    int left = waiting.addAndGet(-count);
    if (left <= FEW_WAITING && left + count > FEW_WAITING) {
      // On the event loop, so that it comes after the stop it undoes.
      channel.eventLoop().execute(() -> resume(channel));
    }
  }

  private void resume(Channel channel) {
    if (waiting.get() <= MOST_WAITING) {
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lost.accept("connection closed by the peer");
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // its end comes as channelInactive
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    lost.accept(BgpTransport.reason(cause));
    context.close();
  }
}
