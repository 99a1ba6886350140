package dev.culvert.cli.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.wire.DecodeFault;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
  private static final long SEED = 20261124L;

  @Test
  void aRequestIsALengthAndAJsonObject() {
    byte[] frame = FrameCodec.encode(Request.command(7, "show route", Request.Format.TEXT));
    String json = "{\"id\":7,\"type\":\"command\",\"text\":\"show route\",\"format\":\"text\"}";
    assertThat(frame).startsWith(0, 0, 0, json.length());
    assertThat(new String(frame, 4, frame.length - 4, StandardCharsets.UTF_8)).isEqualTo(json);
  }

  @Test
  void whatIsEncodedIsDecodedTheSameHoweverTheStreamIsCut() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 300; round++) {
      List<Answer> sent = new ArrayList<>();
      List<Byte> stream = new ArrayList<>();
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        Answer answer = answer(random);
        sent.add(answer);
        for (byte octet : FrameCodec.encode(answer)) {
          stream.add(octet);
        }
      }
      assertThat(decodeInPieces(stream, random))
          .as("seed %d round %d", SEED, round)
          .isEqualTo(sent);
    }
  }

  @Test
  void requestsOfEveryKindSurviveTheJourney() {
    for (Request.Type type : Request.Type.values()) {
      for (Request.Format format : Request.Format.values()) {
        Request plain = new Request(3, type, "show | \"ü\\n\" \u0001", format, null);
        for (Request request : List.of(plain, plain.withInput("system {\n}\n"))) {
          assertThat(FrameCodec.decodeRequest(payload(FrameCodec.encode(request))))
              .isEqualTo(new Decoded.Ok<>(request));
        }
      }
    }
  }

  @Test
  void aFrameLongerThanAllowedIsRefusedBeforeItsOctetsCome() {
    FrameDecoder decoder = new FrameDecoder(100);
    decoder.append(new byte[] {0, 0, 0, 101}, 0, 4);
    assertThat(decoder.next()).isEqualTo(tooLong("101 octets, at most 100"));
    decoder.append(new byte[50], 0, 50);
    assertThat(decoder.next()).isEqualTo(tooLong("101 octets, at most 100"));
    assertThat(decoder.isBetweenFrames()).isFalse();
  }

  @Test
  void aLengthWithTheTopBitSetIsLargeAndNotNegative() {
    FrameDecoder decoder = new FrameDecoder();
    decoder.append(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF}, 0, 4);
    assertThat(decoder.next()).isEqualTo(tooLong("4294967295 octets, at most 16777216"));
  }

  @Test
  void anUnfinishedFrameIsNotBetweenFrames() {
    FrameDecoder decoder = new FrameDecoder();
    assertThat(decoder.isBetweenFrames()).isTrue();
    decoder.append(new byte[] {0, 0}, 0, 2);
    assertThat(decoder.next()).isNull();
    assertThat(decoder.isBetweenFrames()).isFalse();
  }

  @Test
  void whatIsNoRequestIsRefusedWithTheFieldAtFault() {
    assertFault("", "frame");
    assertFault("[]", "frame");
    assertFault("{\"id\":1", "frame");
    assertFault("{\"id\":1} {}", "frame");
    assertFault("{'id':1}", "frame");
    assertFault("{}", "id");
    assertFault("{\"id\":\"1\"}", "id");
    assertFault("{\"id\":-1}", "id");
    assertFault("{\"id\":1e9999999}", "id");
    assertFault("{\"id\":1,\"type\":\"frob\"}", "type");
    assertFault("{\"id\":1,\"type\":\"command\"}", "text");
    assertFault("{\"id\":1,\"type\":\"command\",\"text\":null}", "text");
    assertFault("{\"id\":1,\"type\":\"command\",\"text\":\"\",\"format\":\"pdf\"}", "format");
    assertFault("{\"id\":1,\"type\":\"command\",\"text\":\"\",\"input\":[]}", "input");
    assertFault("[".repeat(100_000), "frame");
  }

  @Test
  void elementsThatNestTooDeeplyOrHaveNoNamesAreRefused() {
    String deep = "{\"name\":\"a\",\"children\":[".repeat(65) + "]}".repeat(65);
    assertThat(FrameCodec.decodeAnswer(octets("{\"id\":1,\"element\":" + deep + "}")))
        .isEqualTo(Decoded.malformed("element", 0, "is nested too deeply"));
    assertThat(FrameCodec.decodeAnswer(octets("{\"id\":1,\"element\":{\"name\":\"a b\"}}")))
        .isEqualTo(Decoded.malformed("name", 0, "is not an element name"));
  }

  @Test
  void aRecordThatFitsNoFrameIsTheSendersBug() {
    Answer answer = new Answer.Text(1, List.of("x".repeat(FrameCodec.MAX_FRAME)));
    assertThatThrownBy(() -> FrameCodec.encode(answer))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void linesAreSentInPartsAndInOrderWithElements() {
    List<Answer> parts = new ArrayList<>();
    AnswerStream stream = new AnswerStream(9, parts::add);
    for (int i = 0; i < 300; i++) {
      stream.line("line " + i);
    }
    stream.line("two\nlines");
    stream.element(Element.empty("a"));
    stream.finish(null, Session.operational("r1"));
    assertThat(parts).hasSize(4);
    assertThat(parts.get(0))
        .isInstanceOfSatisfying(Answer.Text.class, t -> assertThat(t.lines()).hasSize(256));
    assertThat(parts.get(1))
        .isInstanceOfSatisfying(
            Answer.Text.class, t -> assertThat(t.lines()).hasSize(46).endsWith("two", "lines"));
    assertThat(parts.get(2)).isEqualTo(new Answer.Whole(9, Element.empty("a")));
    assertThat(parts.get(3)).isEqualTo(new Answer.Last(9, null, Session.operational("r1")));
  }

  private static List<Answer> decodeInPieces(List<Byte> stream, SplittableRandom random) {
    FrameDecoder decoder = new FrameDecoder();
    List<Answer> received = new ArrayList<>();
    int at = 0;
    while (at < stream.size()) {
      int length = Math.min(random.nextInt(1, 600), stream.size() - at);
      byte[] piece = new byte[length + 2];
      for (int i = 0; i < length; i++) {
        piece[i + 1] = stream.get(at + i);
      }
      decoder.append(piece, 1, length);
      at += length;
      for (Decoded<Octets> frame = decoder.next(); frame != null; frame = decoder.next()) {
        Octets octets = ((Decoded.Ok<Octets>) frame).value();
        received.add(((Decoded.Ok<Answer>) FrameCodec.decodeAnswer(octets)).value());
      }
    }
    assertThat(decoder.isBetweenFrames()).isTrue();
    return received;
  }

  private static Answer answer(SplittableRandom random) {
    int id = random.nextInt(1_000_000);
    return switch (random.nextInt(6)) {
      case 0 -> new Answer.Text(id, List.of(text(random), text(random)));
      case 1 -> new Answer.Open(id, element(random, 2));
      case 2 -> new Answer.Whole(id, element(random, 0));
      case 3 -> new Answer.Close(id);
      case 4 ->
          new Answer.Completions(
              id,
              List.of(
                  Completion.word(text(random), text(random)),
                  Completion.placeholder("<x>", text(random))));
      default ->
          new Answer.Last(
              id,
              random.nextBoolean() ? null : text(random),
              random.nextBoolean()
                  ? Session.operational(text(random))
                  : Session.configuration(text(random), text(random)));
    };
  }

  static Element element(SplittableRandom random, int depth) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      attributes.put("junos:a" + i, text(random));
    }
    List<Element> children = new ArrayList<>();
    for (int i = depth < 4 ? random.nextInt(4) : 0; i > 0; i--) {
      children.add(element(random, depth + 1));
    }
    String name = List.of("rt", "nh", "via", "rt-entry").get(random.nextInt(4));
    return new Element(name, random.nextBoolean() ? null : text(random), attributes, children);
  }

  private static String text(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      // All of the Basic Multilingual Plane except surrogates, which alone are no text.
      char c = (char) random.nextInt(0xD800);
      text.append(random.nextBoolean() ? c : (char) random.nextInt(128));
    }
    return text.toString();
  }

  private static void assertFault(String json, String field) {
    assertThat(FrameCodec.decodeRequest(octets(json)))
        .as(json.length() > 80 ? "long" : json)
        .isInstanceOfSatisfying(
            Decoded.Malformed.class,
            malformed -> assertThat(((DecodeFault) malformed.fault()).field()).isEqualTo(field));
  }

  private static Decoded<Octets> tooLong(String reason) {
    return Decoded.malformed("Length", 0, reason);
  }

  private static Octets payload(byte[] frame) {
    return Octets.copyOf(frame).slice(4, frame.length);
  }

  private static Octets octets(String json) {
    return Octets.copyOf(json.getBytes(StandardCharsets.UTF_8));
  }
}
