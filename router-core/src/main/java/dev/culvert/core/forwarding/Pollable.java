package dev.culvert.core.forwarding;

/** Something a forwarding thread can wait on. */
public interface Pollable extends AutoCloseable {
  /** The descriptor, for the {@link Poller} of the same module only. */
  int fileDescriptor();

  @Override
  void close();
}
