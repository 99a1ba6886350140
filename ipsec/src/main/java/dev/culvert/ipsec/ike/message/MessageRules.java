package dev.culvert.ipsec.ike.message;

import java.util.List;
import java.util.Optional;

/**
 * What each message may and must hold (RFC 7296 §1.2 to §1.4, appendix C), checked before any
 * handler looks at it. Notify, Vendor ID and payloads of other documents may come in any message.
 */
public final class MessageRules {
  /** One row: a payload type and how often it may occur. */
  private record Rule(int type, int min, int max) {}

  private static final List<Rule> SA_INIT_REQUEST =
      List.of(
          new Rule(Payload.SA, 1, 1), new Rule(Payload.KE, 1, 1), new Rule(Payload.NONCE, 1, 1));

  /** All optional: an error or a cookie request comes alone. */
  private static final List<Rule> SA_INIT_RESPONSE =
      List.of(
          new Rule(Payload.SA, 0, 1), new Rule(Payload.KE, 0, 1), new Rule(Payload.NONCE, 0, 1));

  private static final List<Rule> AUTH_REQUEST =
      List.of(
          new Rule(Payload.ID_I, 1, 1),
          new Rule(Payload.ID_R, 0, 1),
          new Rule(Payload.AUTH, 0, 1),
          new Rule(Payload.SA, 0, 1),
          new Rule(Payload.TS_I, 0, 1),
          new Rule(Payload.TS_R, 0, 1));

  private static final List<Rule> AUTH_RESPONSE =
      List.of(
          new Rule(Payload.ID_R, 0, 1),
          new Rule(Payload.AUTH, 0, 1),
          new Rule(Payload.SA, 0, 1),
          new Rule(Payload.TS_I, 0, 1),
          new Rule(Payload.TS_R, 0, 1));

  private static final List<Rule> CREATE_CHILD_REQUEST =
      List.of(
          new Rule(Payload.SA, 1, 1),
          new Rule(Payload.NONCE, 1, 1),
          new Rule(Payload.KE, 0, 1),
          new Rule(Payload.TS_I, 0, 1),
          new Rule(Payload.TS_R, 0, 1));

  private static final List<Rule> CREATE_CHILD_RESPONSE =
      List.of(
          new Rule(Payload.SA, 0, 1),
          new Rule(Payload.NONCE, 0, 1),
          new Rule(Payload.KE, 0, 1),
          new Rule(Payload.TS_I, 0, 1),
          new Rule(Payload.TS_R, 0, 1));

  private static final List<Rule> INFORMATIONAL =
      List.of(new Rule(Payload.DELETE, 0, PayloadCodec.MAX_PAYLOADS));

  /** Payloads that are ours to regulate; others pass every rule. */
  private static final List<Integer> REGULATED =
      List.of(
          Payload.SA,
          Payload.KE,
          Payload.ID_I,
          Payload.ID_R,
          Payload.AUTH,
          Payload.NONCE,
          Payload.DELETE,
          Payload.TS_I,
          Payload.TS_R,
          Payload.SK,
          Payload.SKF);

  private MessageRules() {}

  /** True for exchanges that travel inside an Encrypted payload. */
  public static boolean isEncrypted(ExchangeType exchange) {
    return exchange != ExchangeType.IKE_SA_INIT;
  }

  /** What is wrong with the (decrypted) payloads of such a message, if anything. */
  public static Optional<String> violation(
      ExchangeType exchange, boolean response, List<Payload> payloads) {
    List<Rule> rules = rules(exchange, response);
    for (int type : REGULATED) {
      long count = payloads.stream().filter(p -> p.type() == type).count();
      Rule rule =
          rules.stream().filter(r -> r.type() == type).findFirst().orElse(new Rule(type, 0, 0));
      if (count < rule.min() || count > rule.max()) {
        return Optional.of(exchange + " with " + count + " payloads of type " + type);
      }
    }
    return Optional.empty();
  }

  /** The first payload of an unknown type whose critical bit is set (§2.5). */
  public static Optional<Payload.Opaque> unknownCritical(List<Payload> payloads) {
    return payloads.stream()
        .filter(p -> p instanceof Payload.Opaque o && o.critical() && !isKnown(o.type()))
        .map(Payload.Opaque.class::cast)
        .findFirst();
  }

  private static boolean isKnown(int type) {
    return (type >= Payload.SA && type <= Payload.EAP) || type == Payload.SKF;
  }

  private static List<Rule> rules(ExchangeType exchange, boolean response) {
    return switch (exchange) {
      case IKE_SA_INIT -> response ? SA_INIT_RESPONSE : SA_INIT_REQUEST;
      case IKE_AUTH -> response ? AUTH_RESPONSE : AUTH_REQUEST;
      case CREATE_CHILD_SA -> response ? CREATE_CHILD_RESPONSE : CREATE_CHILD_REQUEST;
      case INFORMATIONAL -> INFORMATIONAL;
    };
  }
}
