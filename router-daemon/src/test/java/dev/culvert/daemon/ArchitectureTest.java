package dev.culvert.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.culvert.core.violation.CoreThatSinsInEveryWay;
import dev.culvert.core.violation.egg.Egg;
import dev.culvert.core.violation.hen.Hen;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows of ARCHITECTURE.md hold in the whole program, and the rules can fail. */
class ArchitectureTest {
  /** Rules that a class of core cannot break. */
  private static final List<String> OF_OTHER_MODULES =
      List.of(
          "ospf uses",
          "bgp uses",
          "rip uses",
          "bfd uses",
          "firewall uses",
          "ipsec uses",
          "tun uses",
          "cli uses",
          "engine uses",
          "daemon uses",
          "testbed uses",
          "lab uses",
          "the daemon uses",
          "every class belongs",
          "slices");

  @TestFactory
  Stream<DynamicTest> theWholeProgram() {
    String tests =
        ArchitectureTest.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    JavaClasses program =
        new ClassFileImporter()
            .withImportOption(location -> !location.contains(tests))
            .importPackages("dev.culvert");
    return ArchitectureRules.all().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(program)));
  }

  @TestFactory
  Stream<DynamicTest> aClassThatSinsInEveryWayIsCaughtByEveryRuleItCanBreak() {
    JavaClasses sinner = new ClassFileImporter().importClasses(CoreThatSinsInEveryWay.class);
    return ArchitectureRules.all().stream()
        .filter(rule -> OF_OTHER_MODULES.stream().noneMatch(rule.getDescription()::startsWith))
        .map(rule ->
            DynamicTest.dynamicTest(
                rule.getDescription(),
                () -> assertThat(rule.evaluate(sinner).hasViolation()).isTrue()));
  }

  @Test
  void modulesOfEachOtherAreACycle() {
    JavaClasses cycle =
        new ClassFileImporter().importClasses(CoreThatSinsInEveryWay.class, Main.class, Ring.class);
    assertThat(rule("slices matching").evaluate(cycle).hasViolation()).isTrue();
  }

  @Test
  void packagesOfOneModuleThatKnowEachOtherAreACycle() {
    JavaClasses cycle = new ClassFileImporter().importClasses(Egg.class, Hen.class);
    assertThat(rule("slices, each a package").evaluate(cycle).hasViolation()).isTrue();
    assertThat(rule("slices matching").evaluate(cycle).hasViolation()).isFalse();
    JavaClasses half = new ClassFileImporter().importClasses(Egg.class);
    assertThat(rule("slices, each a package").evaluate(half).hasViolation()).isFalse();
  }

  private static ArchRule rule(String description) {
    return ArchitectureRules.all().stream()
        .filter(rule -> rule.getDescription().startsWith(description))
        .findFirst()
        .orElseThrow();
  }

  /** Closes the ring daemon, core, daemon. */
  private static final class Ring {
    CoreThatSinsInEveryWay back() {
      return new CoreThatSinsInEveryWay();
    }
  }
}
