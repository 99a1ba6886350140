package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A received message's payloads, found by kind; the rules have seen to it that each is single. */
public record Payloads(List<Payload> all) {
  public Payload.@Nullable SecurityAssociation sa() {
    return first(Payload.SecurityAssociation.class);
  }

  public Payload.@Nullable KeyExchange keyExchange() {
    return first(Payload.KeyExchange.class);
  }

  public @Nullable Octets nonce() {
    Payload.Nonce nonce = first(Payload.Nonce.class);
    return nonce == null ? null : nonce.data();
  }

  public Payload.@Nullable Authentication authentication() {
    return first(Payload.Authentication.class);
  }

  public Payload.@Nullable Identification identification(boolean initiator) {
    return all.stream()
        .filter(Payload.Identification.class::isInstance)
        .map(Payload.Identification.class::cast)
        .filter(i -> i.initiator() == initiator)
        .findFirst()
        .orElse(null);
  }

  public Payload.@Nullable TrafficSelectors selectors(boolean initiator) {
    return all.stream()
        .filter(Payload.TrafficSelectors.class::isInstance)
        .map(Payload.TrafficSelectors.class::cast)
        .filter(t -> t.initiator() == initiator)
        .findFirst()
        .orElse(null);
  }

  public Optional<Payload.Notify> notify(NotifyType type) {
    return notifications().filter(n -> n.is(type)).findFirst();
  }

  public boolean has(NotifyType type) {
    return notify(type).isPresent();
  }

  /** The first error notification, of whatever type. */
  public Optional<Payload.Notify> error() {
    return notifications().filter(Payload.Notify::isError).findFirst();
  }

  public List<Payload.Delete> deletes() {
    return all.stream()
        .filter(Payload.Delete.class::isInstance)
        .map(Payload.Delete.class::cast)
        .toList();
  }

  public boolean hasVendor(Octets vendor) {
    return all.stream().anyMatch(p -> p instanceof Payload.VendorId v && v.data().equals(vendor));
  }

  private java.util.stream.Stream<Payload.Notify> notifications() {
    return all.stream().filter(Payload.Notify.class::isInstance).map(Payload.Notify.class::cast);
  }

  private <P extends Payload> @Nullable P first(Class<P> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).findFirst().orElse(null);
  }
}
