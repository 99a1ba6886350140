package dev.culvert.bgp.message;

import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a TCP stream into whole messages. One per connection; confined to its caller.
 *
 * <p>A header with a bad marker or an impossible length leaves no way to find the next message. The
 * framer then yields that header once and swallows what follows. Whoever feeds it hands the header
 * to the engine like a message: the engine finds the same fault, answers it with the NOTIFICATION
 * of RFC 4271 §6.1 and closes the connection.
 */
public final class BgpFramer {
  /** What came out of the stream. */
  public sealed interface Framed {
    /** What the engine is to be given. */
    Octets octets();

    record Message(Octets octets) implements Framed {}

    /** Synchronization is lost; nothing follows. */
    record Fault(Octets octets, String reason) implements Framed {}
  }

  private byte[] buffer = new byte[MessageHeader.MAX_MESSAGE];
  private int filled;
  private boolean faulted;

  /** Takes the next chunk, of any size, and yields what is complete. */
  public List<Framed> feed(Octets chunk) {
    List<Framed> out = new ArrayList<>();
    if (faulted) {
      return out;
    }
    append(chunk);
    int start = 0;
    while (!faulted && filled - start >= MessageHeader.LENGTH) {
      String fault = headerFault(start);
      if (fault != null) {
        faulted = true;
        int end = start + MessageHeader.LENGTH;
        out.add(new Framed.Fault(Octets.copyOf(Arrays.copyOfRange(buffer, start, end)), fault));
        start = filled;
      } else {
        int length = length(start);
        if (filled - start < length) {
          break;
        }
        out.add(new Framed.Message(Octets.wrap(Arrays.copyOfRange(buffer, start, start + length))));
        start += length;
      }
    }
    System.arraycopy(buffer, start, buffer, 0, filled - start);
    filled -= start;
    return out;
  }

  private void append(Octets chunk) {
    if (filled + chunk.length() > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, filled + chunk.length()));
    }
    chunk.copyTo(buffer, filled);
    filled += chunk.length();
  }

  private int length(int start) {
    int at = start + MessageHeader.MARKER;
    return (buffer[at] & 0xFF) << 8 | (buffer[at + 1] & 0xFF);
  }

  private @Nullable String headerFault(int start) {
    for (int i = 0; i < MessageHeader.MARKER; i++) {
      if (buffer[start + i] != (byte) 0xFF) {
        return "Marker is not all ones";
      }
    }
    int length = length(start);
    return length < MessageHeader.LENGTH || length > MessageHeader.MAX_MESSAGE
        ? "Length is " + length
        : null;
  }
}
