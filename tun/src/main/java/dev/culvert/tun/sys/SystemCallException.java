package dev.culvert.tun.sys;

import java.io.IOException;

/** The kernel refused a system call: which one, and the errno it gave. */
public final class SystemCallException extends IOException {
  private final int errno;

  public SystemCallException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  /** Passes a result on, or throws if it is a negative errno. */
  public static int check(String call, long result) throws SystemCallException {
    if (result < 0) {
      throw new SystemCallException(call, (int) -result);
    }
    return (int) result;
  }
}
