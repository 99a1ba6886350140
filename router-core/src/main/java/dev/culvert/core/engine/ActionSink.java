package dev.culvert.core.engine;

/** Where an engine puts the actions it wants carried out, in order. */
@FunctionalInterface
public interface ActionSink<A> {
  void add(A action);
}
