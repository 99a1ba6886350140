package dev.culvert.ipsec.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Whole sessions of another implementation, key by key and message by message. */
class RecordedSessionTest {
  private static final Secret PSK =
      Secret.copyOf("lab-preshared-key".getBytes(StandardCharsets.US_ASCII));

  private final Map<String, Queue<Octets>> keys = new HashMap<>();
  private final TreeMap<Integer, Octets> messages = new TreeMap<>();
  private final TreeMap<Integer, Octets> plaintexts = new TreeMap<>();

  @Test
  void aesGcmWithSha384AndGroup20() throws IOException {
    load("psk-gcm256-ecp384.txt");
    verify(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_384, EspAlgorithm.AES_256_GCM);
  }

  @Test
  void aesCbcWithSha256AndGroup14() throws IOException {
    load("psk-cbc256-modp2048.txt");
    verify(
        IkeCipher.AES_256_CBC_HMAC_SHA_256_128,
        Prf.HMAC_SHA2_256,
        EspAlgorithm.AES_256_CBC_HMAC_SHA_256_128);
  }

  private void verify(IkeCipher cipher, Prf prf, EspAlgorithm esp) {
    IkeMessage request = decode(messages.get(0));
    IkeMessage response = decode(messages.get(1));
    assertThat(request.encode()).isEqualTo(messages.get(0));
    assertThat(response.encode()).isEqualTo(messages.get(1));
    Octets ni = nonce(request.payloads());
    Octets nr = nonce(response.payloads());
    long spiI = response.header().initiatorSpi();
    long spiR = response.header().responderSpi();

    Secret skeyseed = KeyDerivation.skeyseed(prf, ni, nr, secret(key("shared_Diffie_Hellman")));
    assertThat(shown(skeyseed)).isEqualTo(key("SKEYSEED"));
    IkeKeys ike = KeyDerivation.ikeKeys(prf, cipher, skeyseed, ni, nr, spiI, spiR);
    assertKeys(ike, cipher);

    IkeProtection ofInitiator = new IkeProtection(cipher, ike.skEi(), ike.skAi());
    IkeProtection ofResponder = new IkeProtection(cipher, ike.skEr(), ike.skAr());
    List<Payload> authRequest = open(2, ofInitiator);
    List<Payload> authResponse = open(3, ofResponder);
    assertProof(prf, authRequest, Payload.ID_I, messages.get(0), nr, ike.skPi());
    assertProof(prf, authResponse, Payload.ID_R, messages.get(1), ni, ike.skPr());
    assertChildKeys(KeyDerivation.childKeys(prf, ike.skD(), null, ni, nr, esp), esp);

    // CREATE_CHILD_SA with a key exchange of its own (RFC 7296 §2.17).
    List<Integer> later = List.copyOf(messages.tailMap(4).keySet());
    Octets childNi = nonce(open(later.get(0), ofInitiator));
    Octets childNr = nonce(open(later.get(1), ofResponder));
    Secret childShared = secret(key("DH"));
    assertChildKeys(
        KeyDerivation.childKeys(prf, ike.skD(), childShared, childNi, childNr, esp), esp);
    assertThat(open(later.get(2), ofInitiator)).hasOnlyElementsOfType(Payload.Delete.class);
  }

  private void assertKeys(IkeKeys ike, IkeCipher cipher) {
    assertThat(shown(ike.skD())).isEqualTo(key("Sk_d"));
    if (!cipher.isAead()) {
      assertThat(shown(ike.skAi())).isEqualTo(key("Sk_ai"));
      assertThat(shown(ike.skAr())).isEqualTo(key("Sk_ar"));
    }
    assertThat(shown(ike.skEi())).isEqualTo(key("Sk_ei"));
    assertThat(shown(ike.skEr())).isEqualTo(key("Sk_er"));
    assertThat(shown(ike.skPi())).isEqualTo(key("Sk_pi"));
    assertThat(shown(ike.skPr())).isEqualTo(key("Sk_pr"));
  }

  private static void assertProof(
      Prf prf, List<Payload> payloads, int idType, Octets message, Octets nonce, Secret skP) {
    Payload.Identification id =
        (Payload.Identification)
            payloads.stream().filter(p -> p.type() == idType).findFirst().orElseThrow();
    Payload.Authentication auth =
        (Payload.Authentication)
            payloads.stream().filter(p -> p.type() == Payload.AUTH).findFirst().orElseThrow();
    assertThat(KeyDerivation.pskAuthentication(prf, PSK, message, nonce, skP, id.body()))
        .isEqualTo(auth.data());
  }

  private void assertChildKeys(ChildKeys child, EspAlgorithm esp) {
    Octets initiator = key("encryption_initiator_key");
    Octets responder = key("encryption_responder_key");
    if (!esp.isAead()) {
      initiator = Octets.ofHex(initiator + "" + key("integrity_initiator_key"));
      responder = Octets.ofHex(responder + "" + key("integrity_responder_key"));
    }
    assertThat(shown(child.initiator())).isEqualTo(initiator);
    assertThat(shown(child.responder())).isEqualTo(responder);
  }

  /** Decrypts, compares with what charon saw, decodes, and encodes the same again. */
  private List<Payload> open(int number, IkeProtection protection) {
    Octets datagram = messages.get(number);
    Payload.Encrypted sk = (Payload.Encrypted) decode(datagram).payloads().getFirst();
    Octets plaintext = SealedMessage.open(datagram, sk.sealed(), protection);
    assertThat(plaintext).as("message %d", number).isEqualTo(plaintexts.get(number));
    byte[] forged = datagram.toByteArray();
    forged[forged.length - 1] ^= 1;
    assertThat(SealedMessage.open(Octets.wrap(forged), sealedOf(forged), protection)).isNull();
    var payloads = PayloadCodec.decode(sk.firstPayload(), Objects.requireNonNull(plaintext));
    assertThat(payloads).isInstanceOf(Decoded.Ok.class);
    List<Payload> decoded = ((Decoded.Ok<List<Payload>>) payloads).value();
    assertThat(PayloadCodec.encode(decoded)).isEqualTo(plaintext);
    return decoded;
  }

  private static Octets sealedOf(byte[] datagram) {
    return ((Payload.Encrypted) decode(Octets.copyOf(datagram)).payloads().getFirst()).sealed();
  }

  private static IkeMessage decode(Octets datagram) {
    assertThat(IkeMessage.decode(datagram)).isInstanceOf(Decoded.Ok.class);
    return ((Decoded.Ok<IkeMessage>) IkeMessage.decode(datagram)).value();
  }

  private static Octets nonce(List<Payload> payloads) {
    return payloads.stream()
        .filter(Payload.Nonce.class::isInstance)
        .map(p -> ((Payload.Nonce) p).data())
        .findFirst()
        .orElseThrow();
  }

  private Octets key(String name) {
    return keys.get(name).remove();
  }

  private static Secret secret(Octets octets) {
    return Secret.copyOf(octets.toByteArray());
  }

  private static Octets shown(Secret secret) {
    return Octets.wrap(secret.reveal());
  }

  private void load(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream(name)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        String[] field = line.split("\t");
        switch (field[0]) {
          case "key" ->
              keys.computeIfAbsent(field[1], k -> new ArrayDeque<>()).add(Octets.ofHex(field[2]));
          case "message" -> messages.put(Integer.parseInt(field[1]), Octets.ofHex(field[2]));
          case "plain" -> plaintexts.put(Integer.parseInt(field[1]), Octets.ofHex(field[3]));
          default -> assertThat(line).startsWith("#");
        }
      }
    }
  }
}
