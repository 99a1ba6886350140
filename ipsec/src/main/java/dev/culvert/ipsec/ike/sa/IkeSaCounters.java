package dev.culvert.ipsec.ike.sa;

/** What one IKE SA has sent and received. */
public final class IkeSaCounters {
  public final ExchangeTally exchanges = new ExchangeTally();
  public long packetsIn;
  public long octetsIn;
  public long packetsOut;
  public long octetsOut;
  public long retransmissions;
  public int childSasCreated;
  public int childSasDeleted;
}
