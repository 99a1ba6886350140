package dev.culvert.ipsec.ike;

/** What there is: the VPNs, their IKE SAs and their SA pairs. Confined to the engine. */
final class Tables {
  final IkeSaTable ikeSas = new IkeSaTable();
  final ChildPairTable pairs = new ChildPairTable();
  final VpnTable vpns = new VpnTable();
}
