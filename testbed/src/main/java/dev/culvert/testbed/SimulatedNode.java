package dev.culvert.testbed;

/** Something with a kernel: a router, a host, a provider's router. */
public interface SimulatedNode {
  String name();

  SimulatedKernel kernel();
}
