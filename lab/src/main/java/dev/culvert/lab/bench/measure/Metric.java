package dev.culvert.lab.bench.measure;

/** A figure that is measured: what it is called in tables and files, and in which unit. */
public enum Metric {
  TCP_1("tcp1", "TCP x1", Unit.GIGABITS, true),
  TCP_1_CPU("tcp1-cpu", "CPU, TCP x1", Unit.CPU_SECONDS, false),
  TCP_4("tcp4", "TCP x4", Unit.GIGABITS, true),
  TCP_4_CPU("tcp4-cpu", "CPU, TCP x4", Unit.CPU_SECONDS, false),
  REVERSE("reverse", "TCP reverse", Unit.GIGABITS, true),
  REVERSE_CPU("reverse-cpu", "CPU, TCP reverse", Unit.CPU_SECONDS, false),
  BOTH("both", "TCP both ways", Unit.GIGABITS, true),
  BOTH_CPU("both-cpu", "CPU, TCP both ways", Unit.CPU_SECONDS, false),
  TCP_1_PLAIN("tcp1-nooffload", "TCP x1, no offload", Unit.GIGABITS, true),
  TCP_1_PLAIN_CPU("tcp1-nooffload-cpu", "CPU, TCP x1, no offload", Unit.CPU_SECONDS, false),
  TCP_4_PLAIN("tcp4-nooffload", "TCP x4, no offload", Unit.GIGABITS, true),
  TCP_4_PLAIN_CPU("tcp4-nooffload-cpu", "CPU, TCP x4, no offload", Unit.CPU_SECONDS, false),
  UDP_64("udp64", "UDP 64 B", Unit.KILOPACKETS, true),
  UDP_200("udp200", "UDP 200 B", Unit.KILOPACKETS, true),
  UDP_1372("udp1372", "UDP 1372 B", Unit.KILOPACKETS, true),
  RTT_IDLE_P50("rtt-idle-p50", "RTT idle p50", Unit.MILLISECONDS, false),
  RTT_IDLE_P99("rtt-idle-p99", "RTT idle p99", Unit.MILLISECONDS, false),
  RTT_LOADED_P50("rtt-loaded-p50", "RTT under TCP p50", Unit.MILLISECONDS, false),
  RTT_LOADED_P99("rtt-loaded-p99", "RTT under TCP p99", Unit.MILLISECONDS, false),
  REKEYS("rekeys", "rekeys", Unit.COUNT, true),
  REKEY_SENT("rekey-sent", "packets sent", Unit.COUNT, true),
  REKEY_LOST("rekey-lost", "packets lost", Unit.COUNT, false),
  REKEY_LOST_BEFORE("rekey-lost-before", "lost before they were sealed", Unit.COUNT, false),
  REKEY_LOST_BETWEEN("rekey-lost-between", "lost between the gateways", Unit.COUNT, false),
  REKEY_LOST_AFTER("rekey-lost-after", "lost after they were opened", Unit.COUNT, false),
  REKEY_TRANSITIONS("rekey-transitions", "interface transitions", Unit.COUNT, false),
  REKEY_DELAY_P50("rekey-delay-p50", "delay p50", Unit.MILLISECONDS, false),
  REKEY_DELAY_P99("rekey-delay-p99", "delay p99", Unit.MILLISECONDS, false),
  REKEY_DELAY_MAX("rekey-delay-max", "delay max", Unit.MILLISECONDS, false),
  START("start", "start to first IKE packet", Unit.SECONDS, false),
  START_MAX("start-max", "the slowest start", Unit.SECONDS, false),
  IDLE_CPU("idle-cpu", "CPU, idle", Unit.PERCENT, false);

  /** Units and how precisely a figure of it is worth printing. */
  public enum Unit {
    GIGABITS("Gbit/s", 2),
    KILOPACKETS("kpps", 1),
    CPU_SECONDS("cpu-s/GB", 2),
    MILLISECONDS("ms", 3),
    SECONDS("s", 2),
    PERCENT("% of a processor", 1),
    COUNT("", 0);

    private final String text;
    private final int decimals;

    Unit(String text, int decimals) {
      this.text = text;
      this.decimals = decimals;
    }

    public String text() {
      return text;
    }

    public int decimals() {
      return decimals;
    }
  }

  private final String key;
  private final String title;
  private final Unit unit;
  private final boolean moreIsBetter;

  Metric(String key, String title, Unit unit, boolean moreIsBetter) {
    this.key = key;
    this.title = title;
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
  }

  /** The name in files. */
  public String key() {
    return key;
  }

  public String title() {
    return title;
  }

  public Unit unit() {
    return unit;
  }

  public boolean moreIsBetter() {
    return moreIsBetter;
  }
}
