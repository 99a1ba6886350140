package dev.culvert.tun.sys;

/** The error numbers of Linux that this module tells apart (the same on amd64 and arm64). */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int EMSGSIZE = 90;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ENETUNREACH = 101;
  public static final int ENOBUFS = 105;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;
  public static final int ECANCELED = 125;

  private Errno() {}

  /** Words for an operator; the number where we have none. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted (is this root?)";
      case ENOENT -> "no such file or entry";
      case ESRCH -> "no such route";
      case EINTR -> "interrupted";
      case EIO -> "input/output error";
      case EAGAIN -> "would block";
      case EACCES -> "permission denied";
      case EBUSY -> "in use by another process";
      case EEXIST -> "exists already";
      case ENODEV -> "no such device";
      case EINVAL -> "invalid argument";
      case EMSGSIZE -> "message too long";
      case EOPNOTSUPP -> "not supported";
      case EADDRINUSE -> "address in use";
      case EADDRNOTAVAIL -> "address not on this router";
      case ENETDOWN -> "network is down";
      case ENETUNREACH -> "network is unreachable";
      case ENOBUFS -> "no buffer space";
      case ECONNREFUSED -> "connection refused";
      case EHOSTUNREACH -> "host is unreachable";
      case ECANCELED -> "not tried";
      default -> "errno " + errno;
    };
  }
}
