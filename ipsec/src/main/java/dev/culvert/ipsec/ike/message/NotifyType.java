package dev.culvert.ipsec.ike.message;

import java.util.Arrays;
import java.util.Optional;

/**
 * The notifications we send or act upon (RFC 7296 §3.10.1, RFC 6290 §4.1, RFC 7383 §2.3, RFC 9611
 * §6).
 */
public enum NotifyType {
  UNSUPPORTED_CRITICAL_PAYLOAD(1),
  INVALID_IKE_SPI(4),
  INVALID_MAJOR_VERSION(5),
  INVALID_SYNTAX(7),
  INVALID_MESSAGE_ID(9),
  INVALID_SPI(11),
  NO_PROPOSAL_CHOSEN(14),
  INVALID_KE_PAYLOAD(17),
  AUTHENTICATION_FAILED(24),
  SINGLE_PAIR_REQUIRED(34),
  NO_ADDITIONAL_SAS(35),
  INTERNAL_ADDRESS_FAILURE(36),
  FAILED_CP_REQUIRED(37),
  TS_UNACCEPTABLE(38),
  INVALID_SELECTORS(39),
  TEMPORARY_FAILURE(43),
  CHILD_SA_NOT_FOUND(44),
  TS_MAX_QUEUE(48),
  INITIAL_CONTACT(16384),
  NAT_DETECTION_SOURCE_IP(16388),
  NAT_DETECTION_DESTINATION_IP(16389),
  COOKIE(16390),
  USE_TRANSPORT_MODE(16391),
  REKEY_SA(16393),
  QCD_TOKEN(16419),
  IKEV2_FRAGMENTATION_SUPPORTED(16430),
  SA_RESOURCE_INFO(16444),
  /**
   * Zeros that bring a request to a certain size. Of the private range (RFC 7296 §3.10.1), but far
   * from its beginning, where implementations have types of their own.
   */
  PATH_PROBE(57_215),
  /** The sender's addresses on its unit of st0. Of the private range likewise. */
  TUNNEL_ADDRESS(57_216),
  /** The sender suggests shortcuts, or builds them; likewise. */
  SHORTCUT_CAPABILITY(57_217),
  /** {@link ShortcutSuggestion}. */
  SHORTCUT_SUGGESTION(57_218),
  /** {@link ShortcutAnswer}. */
  SHORTCUT_ANSWER(57_219);

  private static final int FIRST_STATUS = 16384;

  private final int wireValue;

  NotifyType(int wireValue) {
    this.wireValue = wireValue;
  }

  public int wireValue() {
    return wireValue;
  }

  public static Optional<NotifyType> ofWireValue(int wireValue) {
    return Arrays.stream(values()).filter(t -> t.wireValue == wireValue).findFirst();
  }

  /** RFC 7296 §3.10.1: types below 16384 report errors, known or not. */
  public static boolean isError(int wireValue) {
    return wireValue < FIRST_STATUS;
  }

  /** The name, or the number of a type we do not know. */
  public static String name(int wireValue) {
    return ofWireValue(wireValue).map(Enum::name).orElse("notification " + wireValue);
  }
}
