package dev.culvert.core.fib;

/** Which slice of the kernel's table is to be read, of a few hundred routes. */
public enum FibRead {
  /** The first of a table that is read from its beginning. */
  FIRST,

  /** The one behind the last that was read. */
  NEXT
}
