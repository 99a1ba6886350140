package dev.culvert.engine.system;

/**
 * What became of a change.
 *
 * @param errno 0, or the kernel's error number
 * @param reason the kernel's own words on it, or ours; empty if it was carried out
 * @param index of the device that a {@link SystemOperation.OpenTunnel} has made; otherwise 0
 */
public record SystemResult(SystemOperation.Change change, int errno, String reason, int index) {
  /** The device has gone, which the kernel tells of as well. */
  public static final int ENODEV = 19;

  /** Such an address is there already. */
  public static final int EEXIST = 17;

  /** What failed was on our side. */
  public static final int EIO = 5;

  public static SystemResult done(SystemOperation.Change change) {
    return new SystemResult(change, 0, "", 0);
  }

  public static SystemResult opened(SystemOperation.OpenTunnel change, int index) {
    return new SystemResult(change, 0, "", index);
  }

  public static SystemResult failed(SystemOperation.Change change, int errno, String reason) {
    return new SystemResult(change, errno, reason, 0);
  }

  public boolean succeeded() {
    return errno == 0;
  }
}
