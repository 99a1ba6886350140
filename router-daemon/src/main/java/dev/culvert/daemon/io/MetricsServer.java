package dev.culvert.daemon.io;

import dev.culvert.core.net.Endpoint;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} over HTTP, in the format the scraper's Accept header asks for. */
@SuppressWarnings("FutureReturnValueIgnored") // a scraper that is gone needs no answer
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final int MAX_REQUEST_BODY = 4096;

  /** Renders the metrics. Called on a Netty thread. */
  @FunctionalInterface
  public interface Source {
    /** The text in the format of that content type (an Accept header, or null for the default). */
    Page render(@Nullable String accept);
  }

  public record Page(String contentType, String text) {}

  private final EventLoopGroup group;
  private final Source source;
  private @Nullable Channel listener;
  private @Nullable Endpoint listening;

  public MetricsServer(EventLoopGroup group, Source source) {
    this.group = group;
    this.source = source;
  }

  /** Moves to that address, or stops with null. Confined to the routing thread. */
  public void listen(@Nullable Endpoint address) {
    if (java.util.Objects.equals(address, listening)) {
      return;
    }
    close();
    listening = address;
    if (address != null) {
      bind(address);
    }
  }

  private void bind(Endpoint address) {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(MAX_REQUEST_BODY))
                        .addLast(new Handler());
                  }
                })
            .bind(new InetSocketAddress(address.address().toString(), address.port()));
    listener = bound.channel();
    bound.addListener(done -> {
      if (!done.isSuccess()) {
        LOG.error("METRICS_LISTEN_FAILED address={} reason={}", address, done.cause().toString());
      }
    });
  }

  @Override
  public void close() {
    if (listener != null) {
      listener.close();
      listener = null;
      listening = null;
    }
  }

  private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      FullHttpResponse response = answer(request);
      HttpUtil.setContentLength(response, response.content().readableBytes());
      boolean keepAlive = HttpUtil.isKeepAlive(request);
      HttpUtil.setKeepAlive(response, keepAlive);
      ChannelFuture sent = context.writeAndFlush(response);
      if (!keepAlive) {
        sent.addListener(ChannelFutureListener.CLOSE);
      }
    }

    private FullHttpResponse answer(FullHttpRequest request) {
      if (!request.method().equals(HttpMethod.GET)) {
        return plain(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET\n");
      }
      String path = request.uri().split("\\?", 2)[0];
      if (!path.equals("/metrics")) {
        return plain(HttpResponseStatus.NOT_FOUND, "see /metrics\n");
      }
      Page page = source.render(request.headers().get(HttpHeaderNames.ACCEPT));
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
