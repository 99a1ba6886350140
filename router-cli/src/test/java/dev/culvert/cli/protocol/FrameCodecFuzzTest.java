package dev.culvert.cli.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;

/** Whatever comes over the control socket is decoded or refused; what is decoded encodes again. */
class FrameCodecFuzzTest {

  @FuzzTest
  void stream(byte[] input) {
    FrameDecoder decoder = new FrameDecoder(1 << 16);
    int half = input.length / 2;
    decoder.append(input, 0, half);
    drain(decoder);
    decoder.append(input, half, input.length - half);
    drain(decoder);
  }

  @FuzzTest
  void frame(byte[] input) {
    Octets octets = Octets.copyOf(input);
    if (FrameCodec.decodeRequest(octets) instanceof Decoded.Ok<Request>(Request request)) {
      expectSame(request, FrameCodec.decodeRequest(payload(FrameCodec.encode(request))));
    }
    if (FrameCodec.decodeAnswer(octets) instanceof Decoded.Ok<Answer>(Answer answer)) {
      expectSame(answer, FrameCodec.decodeAnswer(payload(FrameCodec.encode(answer))));
      if (answer instanceof Answer.Whole(int _, Element element)) {
        element.toJson();
        element.toXml();
      }
    }
  }

  private static void drain(FrameDecoder decoder) {
    for (int frames = 0; frames < 1000; frames++) {
      Decoded<Octets> next = decoder.next();
      if (next instanceof Decoded.Ok<Octets>(Octets octets)) {
        FrameCodec.decodeRequest(octets);
      } else {
        return;
      }
    }
  }

  private static <T> void expectSame(T value, Decoded<T> again) {
    // Lone surrogates are no text: UTF-8 cannot carry them, and they come back as question marks.
    boolean carried = again instanceof Decoded.Ok<T>(T decoded) && decoded.equals(value);
    if (!carried && value.toString().chars().noneMatch(c -> Character.isSurrogate((char) c))) {
      throw new IllegalStateException(value + " came back as " + again);
    }
  }

  private static Octets payload(byte[] frame) {
    return Octets.copyOf(frame).slice(4, frame.length);
  }
}
