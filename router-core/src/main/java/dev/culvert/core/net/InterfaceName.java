package dev.culvert.core.net;

/**
 * A logical interface as the operator writes it: {@code eth0.0} (device {@code eth0}), {@code
 * st0.1} (the tunnel device {@code st0.1}), {@code eth0.7} (VLAN device {@code eth0.7}).
 */
public record InterfaceName(String physical, int unit) implements Comparable<InterfaceName> {
  /** The secure tunnel interface: every {@code st0.N} is a TUN device of that very name. */
  public static final String SECURE_TUNNEL = "st0";

  /** Reads {@code name} (unit 0) or {@code name.unit}. */
  public static InterfaceName of(String text) {
    int dot = text.lastIndexOf('.');
    return dot < 0
        ? new InterfaceName(text, 0)
        : new InterfaceName(text.substring(0, dot), Integer.parseInt(text.substring(dot + 1)));
  }

  public boolean isSecureTunnel() {
    return physical.equals(SECURE_TUNNEL);
  }

  /** Name of the Linux network device behind this unit; at most 15 characters. */
  public String device() {
    if (physical.equals("lo0")) {
      return "lo";
    }
    return isSecureTunnel() || unit != 0 ? physical + "." + unit : physical;
  }

  /** The unit that stands for a Linux device: the inverse of {@link #device}. */
  public static InterfaceName ofDevice(String device) {
    if (device.equals("lo")) {
      return new InterfaceName("lo0", 0);
    }
    int dot = device.lastIndexOf('.');
    boolean numeric =
        dot > 0
            && dot + 1 < device.length()
            && device.length() - dot <= 6
            && device.substring(dot + 1).chars().allMatch(c -> c >= '0' && c <= '9');
    return numeric
        ? new InterfaceName(device.substring(0, dot), Integer.parseInt(device.substring(dot + 1)))
        : new InterfaceName(device, 0);
  }

  @Override
  public int compareTo(InterfaceName other) {
    int byPhysical = physical.compareTo(other.physical);
    return byPhysical != 0 ? byPhysical : Integer.compare(unit, other.unit);
  }

  @Override
  public String toString() {
    return physical + "." + unit;
  }
}
