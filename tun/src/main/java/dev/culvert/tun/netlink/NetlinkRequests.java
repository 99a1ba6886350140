package dev.culvert.tun.netlink;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;

/**
 * Asks the kernel by netlink and waits for what it says, which it does before the sending returns.
 * Confined to one thread.
 */
public final class NetlinkRequests implements AutoCloseable {
  /** A dump that changes under the reader is taken again, but not for ever. */
  private static final int MAX_DUMP_ATTEMPTS = 10;

  private final NetlinkSocket socket;
  private int sequence;

  private NetlinkRequests(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Opens a socket for requests, in the network namespace of the calling thread.
   *
   * @param protocol as for {@link NetlinkSocket#open}
   */
  public static NetlinkRequests open(int protocol) throws SystemCallException {
    return new NetlinkRequests(NetlinkSocket.open(protocol, 0, NetlinkSocket.ANSWER_BUFFER));
  }

  /** Asks by a socket that hears notifications too: those are passed over while it waits. */
  public static NetlinkRequests over(NetlinkSocket socket) {
    return new NetlinkRequests(socket);
  }

  /** The socket, which is closed with this. */
  public NetlinkSocket socket() {
    return socket;
  }

  int lastSequence() {
    return sequence;
  }

  int nextSequence() {
    return ++sequence;
  }

  /**
   * Sends one request, which asks for an acknowledgment.
   *
   * @param encoder writes it, with the sequence number it is given
   * @param harmless errors that are as good as success
   * @return true if it was carried out, false if it was refused by one of the harmless reasons
   */
  public boolean request(String what, ObjIntConsumer<NetlinkWriter> encoder, int... harmless)
      throws IOException {
    return ask(what, encoder, message -> {}, harmless);
  }

  /** What to do with a message of an answer. */
  @FunctionalInterface
  public interface AnswerHandler {
    void answer(NetlinkMessage message) throws IOException;
  }

  /**
   * Sends one request, which asks for an acknowledgment, and hands over what is answered before it.
   *
   * @return true if it was carried out, false if it was refused by one of the harmless reasons
   */
  public boolean ask(
      String what, ObjIntConsumer<NetlinkWriter> encoder, AnswerHandler handler, int... harmless)
      throws IOException {
    int request = send(encoder);
    while (true) {
      for (NetlinkMessage message : receiveReply()) {
        if (message.sequence() != request) {
          continue;
        }
        if (message.type() != Netlink.NLMSG_ERROR) {
          handler.answer(message);
          continue;
        }
        Acknowledgment answer = require(Acknowledgment.decode(message));
        for (int errno : harmless) {
          if (answer.errno() == errno) {
            return false;
          }
        }
        if (answer.errno() != 0) {
          throw new SystemCallException(what + " (" + answer.reason() + ")", answer.errno());
        }
        return true;
      }
    }
  }

  private int send(ObjIntConsumer<NetlinkWriter> encoder) throws SystemCallException {
    int request = ++sequence;
    NetlinkWriter out = new NetlinkWriter();
    encoder.accept(out, request);
    socket.send(out);
    return request;
  }

  /**
   * All that a dump lists and the decoder understands, again where it changed under the reader.
   * What does not decode is of a kind we do not know, such as a multicast route.
   */
  public <T> List<T> dump(
      ObjIntConsumer<NetlinkWriter> encoder, Function<WireReader, Decoded<T>> decoder)
      throws IOException {
    List<T> found = new ArrayList<>();
    for (int attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      found.clear();
      boolean consistent =
          dumpOnce(
              "dump",
              encoder,
              message -> {
                if (decoder.apply(message.payload()) instanceof Decoded.Ok<T>(T value)) {
                  found.add(value);
                }
                return true;
              });
      if (consistent) {
        return found;
      }
    }
    // Changing all the time: what was read last is as good as any, and notifications mend it.
    return found;
  }

  /**
   * Hands over a dump's messages one by one.
   *
   * @param wanted false to break off: all that can be done with this object then is closing it
   * @return true if nothing changed while the kernel was listing
   */
  public boolean dumpOnce(
      String what, ObjIntConsumer<NetlinkWriter> encoder, Predicate<? super NetlinkMessage> wanted)
      throws IOException {
    int request = send(encoder);
    boolean consistent = true;
    while (true) {
      for (NetlinkMessage message : receiveReply()) {
        if (message.sequence() != request) {
          continue;
        }
        consistent &= (message.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
        switch (message.type()) {
          case Netlink.NLMSG_DONE -> {
            return consistent;
          }
          case Netlink.NLMSG_ERROR ->
              throw new SystemCallException(what, require(Acknowledgment.decode(message)).errno());
          default -> {
            if (!wanted.test(message)) {
              return consistent;
            }
          }
        }
      }
    }
  }

  /** Nothing there means the answer was lost. */
  List<NetlinkMessage> receiveReply() throws IOException {
    List<NetlinkMessage> messages = socket.receive();
    if (messages.isEmpty()) {
      throw new SystemCallException("netlink answer", Errno.EAGAIN);
    }
    return messages;
  }

  /** The value, or an error for an answer that makes no sense. */
  public static <T> T require(Decoded<T> decoded) throws IOException {
    return switch (decoded) {
      case Decoded.Ok<T>(T value) -> value;
      case Decoded.Malformed<T>(var fault) ->
          throw new IOException("netlink answer makes no sense: " + fault);
    };
  }

  @Override
  public void close() {
    socket.close();
  }
}
