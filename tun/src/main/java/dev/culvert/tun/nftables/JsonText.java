package dev.culvert.tun.nftables;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a text is one JSON object. nftables takes a document that is cut short for an empty
 * one in its other language, and reports success.
 */
final class JsonText {
  private JsonText() {}

  /** What is wrong with it; null if nothing is. */
  static @Nullable String fault(String json) {
    // What ends there in the library's eyes may go on in ours.
    if (json.indexOf('\0') >= 0) {
      return "the document holds a NUL";
    }
    try (JsonReader in = new JsonReader(new StringReader(json))) {
      if (in.peek() != JsonToken.BEGIN_OBJECT) {
        return "the document is no JSON object";
      }
      in.skipValue();
      return in.peek() == JsonToken.END_DOCUMENT ? null : "the document goes on after its end";
    } catch (EOFException | MalformedJsonException e) {
      return "the document is no JSON";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
