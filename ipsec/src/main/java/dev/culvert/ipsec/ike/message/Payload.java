package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.List;

/** The payloads of RFC 7296 §3, as values. {@link PayloadCodec} knows their octets. */
public sealed interface Payload {
  int SA = 33;
  int KE = 34;
  int ID_I = 35;
  int ID_R = 36;
  int CERT = 37;
  int CERTREQ = 38;
  int AUTH = 39;
  int NONCE = 40;
  int NOTIFY = 41;
  int DELETE = 42;
  int VENDOR_ID = 43;
  int TS_I = 44;
  int TS_R = 45;
  int SK = 46;
  int CP = 47;
  int EAP = 48;
  int SKF = 53;

  /** The value of the Next Payload field that announces it. */
  int type();

  /** §3.3. */
  record SecurityAssociation(List<Proposal> proposals) implements Payload {
    public SecurityAssociation {
      proposals = List.copyOf(proposals);
    }

    @Override
    public int type() {
      return SA;
    }
  }

  /** §3.4. */
  record KeyExchange(int group, Octets data) implements Payload {
    @Override
    public int type() {
      return KE;
    }
  }

  /**
   * §3.5.
   *
   * @param body the payload after its generic header, as it stood on the wire: AUTH signs it
   */
  record Identification(boolean initiator, IkeIdentity identity, Octets body) implements Payload {
    public static Identification of(boolean initiator, IkeIdentity identity) {
      return new Identification(initiator, identity, PayloadCodec.identificationBody(identity));
    }

    @Override
    public int type() {
      return initiator ? ID_I : ID_R;
    }
  }

  /** §3.8. */
  record Authentication(int method, Octets data) implements Payload {
    public static final int SHARED_KEY = 2;

    @Override
    public int type() {
      return AUTH;
    }

    @Override
    public String toString() {
      return "Authentication[method=" + method + "]";
    }
  }

  /** §3.9. */
  record Nonce(Octets data) implements Payload {
    public static final int MIN_LENGTH = 16;
    public static final int MAX_LENGTH = 256;

    @Override
    public int type() {
      return NONCE;
    }

    @Override
    public String toString() {
      return "Nonce[" + data.length() + " octets]";
    }
  }

  /** §3.10. */
  record Notify(int protocol, Octets spi, int notifyType, Octets data) implements Payload {
    /** Octets without an SPI and data: generic header, protocol, SPI size, type. */
    public static final int HEADER = 8;

    public static Notify of(NotifyType type) {
      return of(type, Octets.EMPTY);
    }

    public static Notify of(NotifyType type, Octets data) {
      return new Notify(0, Octets.EMPTY, type.wireValue(), data);
    }

    public boolean is(NotifyType type) {
      return notifyType == type.wireValue();
    }

    public boolean isError() {
      return NotifyType.isError(notifyType);
    }

    @Override
    public int type() {
      return NOTIFY;
    }
  }

  /** §3.11; no SPIs where the protocol is IKE. */
  record Delete(int protocol, List<Octets> spis) implements Payload {
    public Delete {
      spis = List.copyOf(spis);
    }

    @Override
    public int type() {
      return DELETE;
    }
  }

  /** §3.12. */
  record VendorId(Octets data) implements Payload {
    @Override
    public int type() {
      return VENDOR_ID;
    }
  }

  /** §3.13. */
  record TrafficSelectors(boolean initiator, List<TrafficSelector> selectors) implements Payload {
    public TrafficSelectors {
      selectors = List.copyOf(selectors);
    }

    @Override
    public int type() {
      return initiator ? TS_I : TS_R;
    }
  }

  /** §3.14: always the last; {@code firstPayload} is the type of the first one inside. */
  record Encrypted(int firstPayload, Octets sealed) implements Payload {
    @Override
    public int type() {
      return SK;
    }
  }

  /** RFC 7383 §2.5: one fragment of what an Encrypted payload would hold. */
  record EncryptedFragment(int firstPayload, int number, int total, Octets sealed)
      implements Payload {
    @Override
    public int type() {
      return SKF;
    }
  }

  /** A payload we do not look into: known ones we have no use for, and unknown types. */
  record Opaque(int type, boolean critical, Octets body) implements Payload {}
}
