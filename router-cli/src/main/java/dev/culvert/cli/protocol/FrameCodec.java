package dev.culvert.cli.protocol;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The control protocol's records as frames and back. Encoding a record that does not fit a frame is
 * the sender's bug and throws; decoding never does.
 */
public final class FrameCodec {
  /** Octets of JSON in one frame: room for a whole configuration, and a bound on what we buffer. */
  public static final int MAX_FRAME = 16 << 20;

  private FrameCodec() {}

  /** The request as a frame, ready to be written. */
  public static byte[] encode(Request request) {
    JsonObject json = new JsonObject();
    json.addProperty("id", request.id());
    json.addProperty("type", request.type().wireValue());
    json.addProperty("text", request.text());
    json.addProperty("format", request.format().wireValue());
    if (request.input() != null) {
      json.addProperty("input", request.input());
    }
    return frame(json);
  }

  /** Decodes the octets of one frame as a request. */
  public static Decoded<Request> decodeRequest(Octets frame) {
    return JsonFields.parse(
        frame,
        json ->
            new Request(
                json.requiredInt("id"),
                json.requiredEnum("type", Request.Type.values(), Request.Type::wireValue),
                json.requiredString("text"),
                json.optionalEnum(
                    "format",
                    Request.Format.values(),
                    Request.Format::wireValue,
                    Request.Format.TEXT),
                json.optionalString("input")));
  }

  /** The answer as a frame, ready to be written. */
  public static byte[] encode(Answer answer) {
    JsonObject json = new JsonObject();
    json.addProperty("id", answer.id());
    switch (answer) {
      case Answer.Text text -> json.add("lines", strings(text.lines()));
      case Answer.Open open -> json.add("open", element(open.head()));
      case Answer.Whole whole -> json.add("element", element(whole.element()));
      case Answer.Close close -> json.addProperty("close", true);
      case Answer.Completions completions ->
          json.add("completions", completions(completions.completions()));
      case Answer.Last last -> {
        json.addProperty("last", true);
        if (last.error() != null) {
          json.addProperty("error", last.error());
        }
        json.add("session", session(last.session()));
      }
    }
    return frame(json);
  }

  /** Decodes the octets of one frame as an answer. */
  public static Decoded<Answer> decodeAnswer(Octets frame) {
    return JsonFields.parse(frame, FrameCodec::answer);
  }

  private static Answer answer(JsonFields json) throws JsonFields.Fault {
    int id = json.requiredInt("id");
    if (json.has("lines")) {
      return new Answer.Text(id, json.strings("lines"));
    } else if (json.has("open")) {
      return new Answer.Open(id, element(json.object("open"), 0));
    } else if (json.has("element")) {
      return new Answer.Whole(id, element(json.object("element"), 0));
    } else if (json.has("close")) {
      return new Answer.Close(id);
    } else if (json.has("completions")) {
      return new Answer.Completions(id, json.list("completions", FrameCodec::completion));
    } else if (json.has("last")) {
      return new Answer.Last(id, json.optionalString("error"), session(json.object("session")));
    }
    throw new JsonFields.Fault("answer", "has no part that is known");
  }

  private static JsonObject element(Element element) {
    JsonObject json = new JsonObject();
    json.addProperty("name", element.name());
    if (element.text() != null) {
      json.addProperty("text", element.text());
    }
    if (!element.attributes().isEmpty()) {
      JsonObject attributes = new JsonObject();
      element.attributes().forEach(attributes::addProperty);
      json.add("attributes", attributes);
    }
    if (!element.children().isEmpty()) {
      JsonArray children = new JsonArray(element.children().size());
      element.children().forEach(child -> children.add(element(child)));
      json.add("children", children);
    }
    return json;
  }

  private static Element element(JsonFields json, int depth) throws JsonFields.Fault {
    JsonFields.require(depth < JsonFields.MAX_DEPTH, "element", "is nested too deeply");
    String name = json.requiredString("name");
    JsonFields.require(Element.isName(name), "name", "is not an element name");
    return new Element(
        name,
        json.optionalString("text"),
        json.stringMap("attributes"),
        json.list("children", child -> element(child, depth + 1)));
  }

  private static JsonArray completions(List<Completion> completions) {
    JsonArray array = new JsonArray(completions.size());
    for (Completion completion : completions) {
      JsonObject json = new JsonObject();
      json.addProperty("word", completion.word());
      json.addProperty("help", completion.help());
      if (!completion.literal()) {
        json.addProperty("placeholder", true);
      }
      array.add(json);
    }
    return array;
  }

  private static Completion completion(JsonFields json) throws JsonFields.Fault {
    return new Completion(
        json.requiredString("word"), json.requiredString("help"), !json.has("placeholder"));
  }

  private static JsonObject session(Session session) {
    JsonObject json = new JsonObject();
    json.addProperty("host", session.host());
    json.addProperty("mode", modeValue(session.mode()));
    json.addProperty("edit", session.editPath());
    return json;
  }

  private static Session session(JsonFields json) throws JsonFields.Fault {
    return new Session(
        json.requiredString("host"),
        json.requiredEnum("mode", Session.Mode.values(), FrameCodec::modeValue),
        json.requiredString("edit"));
  }

  private static String modeValue(Session.Mode mode) {
    return switch (mode) {
      case OPERATIONAL -> "operational";
      case CONFIGURATION -> "configuration";
    };
  }

  private static JsonArray strings(List<String> values) {
    JsonArray array = new JsonArray(values.size());
    values.forEach(array::add);
    return array;
  }

  private static byte[] frame(JsonElement json) {
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_FRAME) {
      throw new IllegalArgumentException("a record of " + text.length + " octets fits no frame");
    }
    byte[] frame = new byte[4 + text.length];
    frame[0] = (byte) (text.length >>> 24);
    frame[1] = (byte) (text.length >>> 16);
    frame[2] = (byte) (text.length >>> 8);
    frame[3] = (byte) text.length;
    System.arraycopy(text, 0, frame, 4, text.length);
    return frame;
  }
}
