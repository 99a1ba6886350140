package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.sa.Spi;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A request of ours that waits for its response, and what the response will be held against. */
public sealed interface PendingRequest {
  ExchangeType exchange();

  /** No response to it is needed any more. */
  default void erase() {}

  record SaInit() implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.IKE_SA_INIT;
    }
  }

  /**
   * @param policy whose child SA comes with it
   * @param childSpi of the first child SA, our inbound side
   * @param initialContact it carries INITIAL_CONTACT
   */
  record Auth(ChildPolicy policy, Spi childSpi, boolean initialContact) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.IKE_AUTH;
    }
  }

  /**
   * A child SA.
   *
   * @param keyPair null without a key exchange of its own
   */
  record CreateChild(
      ChildPurpose purpose, Spi childSpi, Payload.Nonce nonce, @Nullable DhKeyPair keyPair)
      implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.CREATE_CHILD_SA;
    }

    @Override
    public void erase() {
      if (keyPair != null) {
        keyPair.erase();
      }
    }
  }

  record RekeyIke(long newSpi, Payload.Nonce nonce, DhKeyPair keyPair) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.CREATE_CHILD_SA;
    }

    @Override
    public void erase() {
      keyPair.erase();
    }
  }

  record DeleteChild(ChildPair child) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }
  }

  record DeleteOrphan(Spi inboundSpi) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }
  }

  record DeleteIke() implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }
  }

  /**
   * A probe of the path.
   *
   * @param size of the whole packet, IP header included
   * @param sentAt when it went out whole
   */
  record PathProbe(int size, Instant sentAt) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }
  }

  record Probe() implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }
  }

  /** As it was queued. */
  record SuggestShortcut(QueuedRequest.SuggestShortcut queued) implements PendingRequest {
    @Override
    public ExchangeType exchange() {
      return ExchangeType.INFORMATIONAL;
    }

    @Override
    public void erase() {
      queued.erase();
    }
  }
}
