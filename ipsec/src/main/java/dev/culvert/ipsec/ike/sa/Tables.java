package dev.culvert.ipsec.ike.sa;

/** What there is: the VPNs, their IKE SAs and their SA pairs. Confined to the engine. */
public final class Tables {
  public final IkeSaTable ikeSas = new IkeSaTable();
  public final ChildPairTable pairs = new ChildPairTable();
  public final VpnTable vpns = new VpnTable();
  public final UnitAddresses unitAddresses = new UnitAddresses();
}
