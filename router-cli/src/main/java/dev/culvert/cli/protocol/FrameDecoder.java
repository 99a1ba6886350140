package dev.culvert.cli.protocol;

import dev.culvert.core.wire.DecodeFault;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into frames: four octets of length, most significant first, then that many
 * octets of JSON.
 *
 * <p>Never throws on what was received. Room grows with the octets that came, not with the length
 * they announce. After a fault the stream cannot be taken up again: every further {@link #next}
 * reports the same fault and the connection has to be closed. Confined to one connection.
 */
public final class FrameDecoder {
  private static final int HEADER = 4;
  private static final int INITIAL_ROOM = 512;

  private final int maxFrame;
  private byte[] buffer = new byte[INITIAL_ROOM];
  private int start;
  private int end;
  private @Nullable DecodeFault fault;

  public FrameDecoder() {
    this(FrameCodec.MAX_FRAME);
  }

  /** A decoder that refuses frames of more than {@code maxFrame} octets. */
  public FrameDecoder(int maxFrame) {
    if (maxFrame < 1 || maxFrame > FrameCodec.MAX_FRAME) {
      throw new IllegalArgumentException("maxFrame " + maxFrame);
    }
    this.maxFrame = maxFrame;
  }

  /** Takes octets in as they come; call {@link #next} until it yields null before the following. */
  public void append(byte[] bytes, int offset, int length) {
    if (fault != null) {
      return;
    }
    makeRoom(length);
    System.arraycopy(bytes, offset, buffer, end, length);
    end += length;
  }

  /** The next complete frame's octets, a fault, or null as long as more has to come. */
  public @Nullable Decoded<Octets> next() {
    if (fault != null) {
      return new Decoded.Malformed<>(fault);
    }
    if (end - start < HEADER) {
      return null;
    }
    long length = Integer.toUnsignedLong(lengthField());
    if (length > maxFrame) {
      fault = new DecodeFault("Length", 0, length + " octets, at most " + maxFrame);
      buffer = new byte[0];
      return new Decoded.Malformed<>(fault);
    }
    if (end - start - HEADER < length) {
      return null;
    }
    int from = start + HEADER;
    start = from + (int) length;
    return new Decoded.Ok<>(Octets.wrap(Arrays.copyOfRange(buffer, from, start)));
  }

  /** Whether the stream stands between two frames: the only place where its end is orderly. */
  public boolean isBetweenFrames() {
    return fault == null && start == end;
  }

  private int lengthField() {
    return (buffer[start] & 0xFF) << 24
        | (buffer[start + 1] & 0xFF) << 16
        | (buffer[start + 2] & 0xFF) << 8
        | (buffer[start + 3] & 0xFF);
  }

  private void makeRoom(int length) {
    if (end + length <= buffer.length) {
      return;
    }
    int pending = end - start;
    byte[] target = buffer;
    if (pending + length > buffer.length) {
      target = new byte[Math.max(pending + length, Math.min(2 * buffer.length, maxFrame + HEADER))];
    }
    System.arraycopy(buffer, start, target, 0, pending);
    buffer = target;
    start = 0;
    end = pending;
  }
}
