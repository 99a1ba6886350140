package dev.culvert.engine.barrier;

/** What the barrier does with an exception out of an engine, which is always a bug of ours. */
public enum FaultPolicy {
  /** Lets it through: tests and simulations are to fail where the bug is. */
  RETHROW,
  /** Throws that instance away and starts a fresh one after a pause: a router goes on. */
  RESTART;

  /**
   * Whether one instance can take the blame. A machine that is out of memory or broken is nobody's
   * fault and nobody can go on; a stack that is too deep was dug by whoever was called.
   */
  boolean blamesInstance(Throwable thrown) {
    boolean machineIsBroken =
        thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError);
    return this == RESTART && !machineIsBroken;
  }
}
