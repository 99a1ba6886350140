package dev.culvert.ipsec.ike;

/** What one IKE SA has sent and received. */
final class IkeSaCounters {
  final ExchangeTally exchanges = new ExchangeTally();
  long packetsIn;
  long octetsIn;
  long packetsOut;
  long octetsOut;
  long retransmissions;
  int childSasCreated;
  int childSasDeleted;
}
