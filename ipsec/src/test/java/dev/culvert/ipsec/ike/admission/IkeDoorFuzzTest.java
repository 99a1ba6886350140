package dev.culvert.ipsec.ike.admission;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.ike.message.IkeMessage;

/**
 * Any octets are admitted, refused, or answered by a whole message that is a cookie and no more.
 */
class IkeDoorFuzzTest {
  private static final Endpoint FROM = new Endpoint(Ipv4Address.of("192.0.2.1"), 500);

  @FuzzTest
  void datagram(byte[] octets) {
    IkeDoor door = new IkeDoor(1, 0);
    CookieSecrets cookies = CookieSecrets.of(new byte[CookieSecrets.SECRET_LENGTH]);
    door.known(1, 2, true, false);
    for (Strangers strangers : Strangers.values()) {
      door.policy(new AdmissionPolicy(strangers, cookies));
      if (door.receive(FROM, Octets.copyOf(octets), 0) instanceof Verdict.Answered(Octets answer)
          && !(IkeMessage.decode(answer) instanceof Decoded.Ok<IkeMessage> && isShort(answer))) {
        throw new AssertionError("answered by " + answer);
      }
    }
  }

  /** A header, a notification and a cookie. */
  private static boolean isShort(Octets answer) {
    return answer.length() == 28 + 8 + CookieSecrets.COOKIE_LENGTH;
  }
}
