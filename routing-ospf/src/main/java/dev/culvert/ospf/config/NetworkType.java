package dev.culvert.ospf.config;

/** How OSPF treats a network (RFC 2328 §1.2). */
public enum NetworkType {
  POINT_TO_POINT,
  BROADCAST,

  /**
   * Any number of neighbors that need not hear each other, each as at the other end of a link of
   * its own. Who they are is found out by Hellos to all of them.
   */
  POINT_TO_MULTIPOINT
}
