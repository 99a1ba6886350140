package dev.culvert.daemon.metrics;

import dev.culvert.core.net.Endpoint;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EventLoop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics} over HTTP, in the format the scraper's Accept header asks for, on a
 * thread of its own: rendering waits for the owners of what is rendered, and must keep nobody else.
 *
 * <p>A connection is for one request: a page may be large, and what its reader does not take waits
 * in memory. So {@value #MAX_CONNECTIONS} pages may wait at most, for as long as a connection
 * lasts.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a scraper that is gone needs no answer
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final int MAX_REQUEST_BODY = 4096;

  /** Connections at a time; further ones are closed. */
  static final int MAX_CONNECTIONS = 16;

  /** For the request, its page and its way to a reader; scrapers give up sooner. */
  private static final int CONNECTION_SECONDS = 60;

  /** Renders the metrics. Called on a Netty thread. */
  @FunctionalInterface
  public interface Source {
    /** The text in the format of that content type (an Accept header, or null for the default). */
    MetricsPage render(@Nullable String accept);
  }

  private final EventLoop loop = new EventLoop();
  private final Supplier<Source> sources;

  /** Made by the loop's thread, for itself. */
  private @Nullable Source source;

  private final AtomicInteger connections = new AtomicInteger();
  private @Nullable ChannelFuture listener;
  private @Nullable Endpoint wanted;
  private boolean closed;
  private final Refusals refusals;

  /**
   * @param sources makes the source on the server's thread, as soon as it listens
   */
  public MetricsServer(Supplier<Source> sources, Refusals refusals) {
    this.sources = sources;
    this.refusals = refusals;
  }

  /**
   * Moves to that address, or stops with null. An address that is refused is tried again, less and
   * less often. Safe from any thread, as {@link #close} is.
   */
  public synchronized void listen(@Nullable Endpoint address) {
    if (closed || Objects.equals(address, wanted)) {
      return;
    }
    stopListening();
    wanted = address;
    if (address != null) {
      bind(address);
    }
  }

  private Source source() {
    if (source == null) {
      source = sources.get();
    }
    return source;
  }

  private void bind(Endpoint address) {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop.group())
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
                      channel.close();
                    }
                    channel.closeFuture().addListener(closed -> connections.decrementAndGet());
                    serve(channel);
                  }
                })
            .bind(new InetSocketAddress(address.address().toString(), address.port()));
    listener = bound;
    loop.behind(this::source);
    bound.addListener(done -> {
      String refusal = done.isSuccess() ? null : String.valueOf(done.cause().getMessage());
      bound(address, bound, refusal);
    });
  }

  /** Unless something else has been asked for meanwhile. */
  private synchronized void bound(
      Endpoint address, ChannelFuture attempt, @Nullable String refusal) {
    if (!attempt.equals(listener)) {
      return;
    }
    if (refusal == null) {
      if (refusals.mended(address)) {
        LOG.info("METRICS_LISTENING address={}", address);
      }
      return;
    }
    Refusals.Refusal refused = refusals.refused(address, refusal);
    if (refused.isNews()) {
      LOG.error("METRICS_LISTEN_FAILED address={} reason={}", address, refusal);
    }
    loop.group()
        .schedule(() -> bindAgain(address, attempt), refused.pause().toSeconds(), TimeUnit.SECONDS);
  }

  private synchronized void bindAgain(Endpoint address, ChannelFuture failed) {
    if (failed.equals(listener)) {
      bind(address);
    }
  }

  /** Answers the first request on the channel and closes it. */
  void serve(Channel channel) {
    ScheduledFuture<?> end =
        channel.eventLoop().schedule(() -> channel.close(), CONNECTION_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> end.cancel(false));
    channel
        .pipeline()
        .addLast(new HttpServerCodec())
        .addLast(new HttpObjectAggregator(MAX_REQUEST_BODY))
        .addLast(new Handler());
  }

  /**
   * The port it listens on, once it does.
   *
   * @throws IllegalStateException if it is not to listen
   */
  int port() {
    ChannelFuture bound = listener();
    if (bound == null) {
      throw new IllegalStateException("not listening");
    }
    // Without the lock, which the server's thread may need before it gets to this.
    bound.syncUninterruptibly();
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  private synchronized @Nullable ChannelFuture listener() {
    return listener;
  }

  private void stopListening() {
    if (listener != null) {
      listener.channel().close();
      listener = null;
    }
    if (wanted != null) {
      refusals.mended(wanted);
      wanted = null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    stopListening();
    loop.end();
  }

  private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private boolean answered;

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      if (answered) {
        // It was read together with the first.
        return;
      }
      answered = true;
      context.channel().config().setAutoRead(false);
      FullHttpResponse response = answer(request);
      HttpUtil.setContentLength(response, response.content().readableBytes());
      HttpUtil.setKeepAlive(response, false);
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private FullHttpResponse answer(FullHttpRequest request) {
      if (!request.method().equals(HttpMethod.GET)) {
        return plain(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET\n");
      }
      String path = request.uri().split("\\?", 2)[0];
      if (!path.equals("/metrics")) {
        return plain(HttpResponseStatus.NOT_FOUND, "see /metrics\n");
      }
      MetricsPage page = source().render(request.headers().get(HttpHeaderNames.ACCEPT));
      return response(HttpResponseStatus.OK, page.contentType(), page.text());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("METRICS_CONNECTION_FAILED reason={}", cause.toString());
      context.close();
    }
  }

  private static FullHttpResponse plain(HttpResponseStatus status, String text) {
    return response(status, "text/plain; charset=utf-8", text);
  }

  private static FullHttpResponse response(
      HttpResponseStatus status, String contentType, String text) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
    return response;
  }
}
