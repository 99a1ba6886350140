package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.operational.ExchangeCounts;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Messages by exchange and direction. */
public final class ExchangeTally {
  private static final class Counts {
    long requestsIn;
    long responsesIn;
    long requestsOut;
    long responsesOut;
  }

  private final Map<ExchangeType, Counts> byExchange = new EnumMap<>(ExchangeType.class);

  public ExchangeTally() {
    for (ExchangeType exchange : ExchangeType.values()) {
      byExchange.put(exchange, new Counts());
    }
  }

  public void countIn(ExchangeType exchange, boolean response) {
    Counts counts = IkeSa.present(byExchange.get(exchange));
    if (response) {
      counts.responsesIn++;
    } else {
      counts.requestsIn++;
    }
  }

  public void countOut(ExchangeType exchange, boolean response) {
    Counts counts = IkeSa.present(byExchange.get(exchange));
    if (response) {
      counts.responsesOut++;
    } else {
      counts.requestsOut++;
    }
  }

  public SequencedMap<String, ExchangeCounts> view() {
    SequencedMap<String, ExchangeCounts> view = new LinkedHashMap<>();
    byExchange.forEach((exchange, c) ->
        view.put(
            exchange.name(),
            new ExchangeCounts(c.requestsIn, c.responsesIn, c.requestsOut, c.responsesOut)));
    return view;
  }
}
