package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A received message's payloads, found by kind; the rules have seen to it that each is single. */
record Payloads(List<Payload> all) {
  Payload.@Nullable SecurityAssociation sa() {
    return first(Payload.SecurityAssociation.class);
  }

  Payload.@Nullable KeyExchange keyExchange() {
    return first(Payload.KeyExchange.class);
  }

  @Nullable Octets nonce() {
    Payload.Nonce nonce = first(Payload.Nonce.class);
    return nonce == null ? null : nonce.data();
  }

  Payload.@Nullable Authentication authentication() {
    return first(Payload.Authentication.class);
  }

  Payload.@Nullable Identification identification(boolean initiator) {
    return all.stream()
        .filter(Payload.Identification.class::isInstance)
        .map(Payload.Identification.class::cast)
        .filter(i -> i.initiator() == initiator)
        .findFirst()
        .orElse(null);
  }

  Payload.@Nullable TrafficSelectors selectors(boolean initiator) {
    return all.stream()
        .filter(Payload.TrafficSelectors.class::isInstance)
        .map(Payload.TrafficSelectors.class::cast)
        .filter(t -> t.initiator() == initiator)
        .findFirst()
        .orElse(null);
  }

  Optional<Payload.Notify> notify(NotifyType type) {
    return notifications().filter(n -> n.is(type)).findFirst();
  }

  boolean has(NotifyType type) {
    return notify(type).isPresent();
  }

  /** The first error notification, of whatever type. */
  Optional<Payload.Notify> error() {
    return notifications().filter(Payload.Notify::isError).findFirst();
  }

  List<Payload.Delete> deletes() {
    return all.stream()
        .filter(Payload.Delete.class::isInstance)
        .map(Payload.Delete.class::cast)
        .toList();
  }

  boolean hasVendor(Octets vendor) {
    return all.stream().anyMatch(p -> p instanceof Payload.VendorId v && v.data().equals(vendor));
  }

  private java.util.stream.Stream<Payload.Notify> notifications() {
    return all.stream().filter(Payload.Notify.class::isInstance).map(Payload.Notify.class::cast);
  }

  private <P extends Payload> @Nullable P first(Class<P> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).findFirst().orElse(null);
  }
}
