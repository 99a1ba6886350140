package dev.culvert.engine.rpm;

import java.util.List;

/** {@code services rpm} and {@code services ip-monitoring}. */
public record RpmConfig(List<RpmTest> tests, List<IpMonitoringPolicy> policies) {
  public static final RpmConfig NONE = new RpmConfig(List.of(), List.of());

  public RpmConfig {
    tests = List.copyOf(tests);
    policies = List.copyOf(policies);
  }

  /** The tests of one probe, by its name. */
  public List<RpmTest.Key> testsOf(String owner) {
    return tests.stream().map(RpmTest::key).filter(key -> key.owner().equals(owner)).toList();
  }
}
