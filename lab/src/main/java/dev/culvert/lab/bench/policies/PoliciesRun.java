package dev.culvert.lab.bench.policies;

import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.lab.bench.policies.PoliciesReading.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Measures so many policies, Culvert's ruleset and the plain list in turns.
 *
 * @param passes how often each is measured
 * @param stream for how long TCP flows each time
 * @param say told of each reading
 */
public record PoliciesRun(List<Integer> counts, int passes, Duration stream, Consumer<String> say) {
  private static final String LIST = "plain";
  private static final String NO_LIST =
      "table inet %1$s {}\ndelete table inet %1$s\n".formatted(LIST);

  /** The best of so many bursts: whatever else the machine does only takes away. */
  private static final int BURSTS = 3;

  public List<PoliciesReading> measure() {
    List<PoliciesReading> readings = new ArrayList<>();
    try (PolicyScene scene = new PolicyScene()) {
      warmUp(scene);
      for (int count : counts) {
        PolicyList policies = new PolicyList(count);
        Ruleset ruleset = policies.ruleset();
        for (int pass = 1; pass <= passes; pass++) {
          readings.add(told(culvert(scene, count, pass, ruleset)));
          readings.add(told(plainList(scene, policies, pass)));
        }
      }
    }
    return readings;
  }

  /** Code that is compiled only while it runs would be slower the first time. */
  private static void warmUp(PolicyScene scene) {
    Ruleset ruleset = new PolicyList(500).ruleset();
    for (int i = 0; i < 5; i++) {
      scene.apply(NftRenderer.render(ruleset));
      scene.newSessionsPerSecond();
    }
  }

  private PoliciesReading culvert(PolicyScene scene, int count, int pass, Ruleset ruleset) {
    scene.applyCommands(NO_LIST);
    long begin = System.nanoTime();
    String document = NftRenderer.render(ruleset);
    double rendered = (System.nanoTime() - begin) / 1e9;
    double loaded = scene.apply(document);
    return reading(scene, count, pass, Way.CULVERT, rendered, loaded);
  }

  private PoliciesReading plainList(PolicyScene scene, PolicyList policies, int pass) {
    scene.apply(NftRenderer.render(Ruleset.EMPTY));
    double loaded = scene.applyCommands(policies.plainList(LIST));
    return reading(scene, policies.count(), pass, Way.PLAIN_LIST, 0, loaded);
  }

  private PoliciesReading reading(
      PolicyScene scene, int count, int pass, Way way, double rendered, double loaded) {
    double sessions = 0;
    for (int i = 0; i < BURSTS; i++) {
      sessions = Math.max(sessions, scene.newSessionsPerSecond());
    }
    return new PoliciesReading(
        count, pass, way, rendered, loaded, sessions, scene.bitsPerSecond(stream));
  }

  private PoliciesReading told(PoliciesReading reading) {
    say.accept(
        String.format(
            Locale.ROOT,
            "%6d policies, pass %d, %-8s  render %6.3f s, load %6.3f s,"
                + " %8.0f new sessions/s, %5.2f Gbit/s",
            reading.policies(),
            reading.pass(),
            reading.way().title(),
            reading.renderSeconds(),
            reading.loadSeconds(),
            reading.sessionsPerSecond(),
            reading.bitsPerSecond() / 1e9));
    return reading;
  }
}
