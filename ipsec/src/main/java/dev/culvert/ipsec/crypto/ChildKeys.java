package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Secret;

/** The keys of a child SA pair: of packets the exchange's initiator sends, and the responder. */
public record ChildKeys(Secret initiator, Secret responder) {}
