package dev.culvert.firewall.nft;

import dev.culvert.firewall.ruleset.FlowOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What connection tracking does beside the rules: settings below {@code net.netfilter}, by name.
 * Every one that can be configured is there, whatever it is, so that what was set before is undone.
 *
 * <p>Idle sessions end as on Junos: TCP after 30 minutes, all else after one.
 */
public record ConntrackSettings(SortedMap<String, Integer> values) {
  private static final int ESTABLISHED = 1800;
  private static final int OTHERS = 60;

  /** The kernel's own. */
  private static final int SYN_SENT = 120;

  private static final int SYN_RECEIVED = 60;
  private static final int TIME_WAIT = 120;

  private static final int FIN_WAIT = 120;
  private static final int CLOSE_WAIT = 60;
  private static final int LAST_ACK = 30;
  private static final int CLOSE = 10;

  /** As near to at once as it gets. */
  private static final int AT_ONCE = 1;

  public ConntrackSettings {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  public static ConntrackSettings of(FlowOptions flow) {
    Map<String, Integer> values = new TreeMap<>();
    // Sessions have counters and the time of their beginning.
    values.put("nf_conntrack_acct", 1);
    values.put("nf_conntrack_timestamp", 1);
    values.put("nf_conntrack_tcp_be_liberal", flow.sequenceCheck() ? 0 : 1);
    // Which segments begin sessions is asked by rules, zone by zone.
    values.put("nf_conntrack_tcp_loose", 1);

    values.put("nf_conntrack_tcp_timeout_syn_sent", seconds(flow.initialTimeout(), SYN_SENT));
    values.put("nf_conntrack_tcp_timeout_syn_recv", seconds(flow.initialTimeout(), SYN_RECEIVED));
    values.put("nf_conntrack_tcp_timeout_established", ESTABLISHED);
    boolean endsByFin = flow.finInvalidatesSession();
    values.put("nf_conntrack_tcp_timeout_fin_wait", endsByFin ? AT_ONCE : FIN_WAIT);
    values.put("nf_conntrack_tcp_timeout_close_wait", endsByFin ? AT_ONCE : CLOSE_WAIT);
    values.put("nf_conntrack_tcp_timeout_last_ack", endsByFin ? AT_ONCE : LAST_ACK);
    values.put(
        "nf_conntrack_tcp_timeout_time_wait",
        endsByFin ? AT_ONCE : seconds(flow.timeWaitTimeout(), TIME_WAIT));
    values.put("nf_conntrack_tcp_timeout_close", flow.rstInvalidatesSession() ? AT_ONCE : CLOSE);

    values.put("nf_conntrack_udp_timeout", OTHERS);
    values.put("nf_conntrack_udp_timeout_stream", OTHERS);
    values.put("nf_conntrack_icmp_timeout", OTHERS);
    values.put("nf_conntrack_icmpv6_timeout", OTHERS);
    values.put("nf_conntrack_generic_timeout", OTHERS);
    return new ConntrackSettings(new TreeMap<>(values));
  }

  /**
   * The value of a setting.
   *
   * @throws IllegalArgumentException if there is no such setting
   */
  public int seconds(String name) {
    Integer value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name);
    }
    return value;
  }

  private static int seconds(@Nullable Duration wanted, int otherwise) {
    return wanted == null
        ? otherwise
        : (int) Math.min(Integer.MAX_VALUE / 100, Math.max(1, wanted.toSeconds()));
  }
}
