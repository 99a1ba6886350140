package dev.culvert.ospf.config;

/** How OSPF treats a network (RFC 2328 §1.2). */
public enum NetworkType {
  POINT_TO_POINT,
  BROADCAST
}
