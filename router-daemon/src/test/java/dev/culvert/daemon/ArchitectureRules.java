package dev.culvert.daemon;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who may import whom, and where the outside world begins. */
final class ArchitectureRules {
  private static final String CULVERT = "dev.culvert.";
  private static final List<String> PROTOCOLS = List.of("ospf", "bgp", "rip", "bfd");

  /** Modules by their package, and the modules that each may use beside itself. */
  private static final Map<String, List<String>> ARROWS = arrows();

  /** Modules in which only the named packages may touch the outside world. */
  private static final String[] SANS_IO = {
    "dev.culvert.core..",
    "dev.culvert.ospf..",
    "dev.culvert.bgp..",
    "dev.culvert.rip..",
    "dev.culvert.bfd..",
    "dev.culvert.firewall..",
    "dev.culvert.ipsec..",
    "dev.culvert.engine.."
  };

  private static final String[] OUTSIDE = {"..io..", "..forwarding.."};

  /** They read and print address literals, which is no input or output. */
  private static final DescribedPredicate<JavaClass> ADDRESS_VALUES =
      assignableTo("java.net.InetAddress").or(assignableTo("java.net.UnknownHostException"));

  private static final Set<String> NAME_LOOKUPS =
      Set.of(
          "java.net.InetAddress.getByName",
          "java.net.InetAddress.getAllByName",
          "java.net.InetAddress.getLocalHost",
          "java.net.InetAddress.getHostName");

  private static final Set<String> CLOCKS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.time.Instant.now",
          "java.time.LocalDateTime.now",
          "java.time.LocalDate.now",
          "java.time.ZonedDateTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.Clock.systemUTC",
          "java.time.Clock.systemDefaultZone",
          "java.time.InstantSource.system");

  private static final Set<String> DICE =
      Set.of(
          "java.lang.Math.random",
          "java.util.UUID.randomUUID",
          "java.util.concurrent.ThreadLocalRandom.current",
          "java.util.random.RandomGenerator.getDefault",
          "java.util.random.RandomGenerator.of");

  private ArchitectureRules() {}

  private static Map<String, List<String>> arrows() {
    Map<String, List<String>> arrows = new LinkedHashMap<>();
    arrows.put("core", List.of());
    PROTOCOLS.forEach(protocol -> arrows.put(protocol, List.of("core")));
    arrows.put("firewall", List.of("core"));
    arrows.put("ipsec", List.of("core"));
    arrows.put("tun", List.of("core"));
    arrows.put("cli", List.of("core"));
    arrows.put("engine", List.of("core", "ospf", "bgp", "rip", "bfd", "firewall", "ipsec"));
    arrows.put(
        "daemon",
        List.of("core", "ospf", "bgp", "rip", "bfd", "firewall", "ipsec", "engine", "tun", "cli"));
    arrows.put(
        "testbed", List.of("core", "ospf", "bgp", "rip", "bfd", "firewall", "ipsec", "engine"));
    arrows.put(
        "lab",
        List.of(
            "core",
            "ospf",
            "bgp",
            "rip",
            "bfd",
            "firewall",
            "ipsec",
            "engine",
            "tun",
            "cli",
            "daemon",
            "testbed"));
    return arrows;
  }

  static List<ArchRule> all() {
    List<ArchRule> rules = new ArrayList<>();
    ARROWS.forEach((module, others) -> rules.add(moduleUsesOnly(module, others)));
    rules.add(everyClassBelongsToAModule());
    rules.add(modulesHaveNoCycles());
    rules.add(packagesHaveNoCycles());
    rules.add(daemonUsesOnlyTheRecordsOfTheShell());
    rules.add(onlyTheRimDoesInputAndOutput());
    rules.add(onlyTheRimHasThreadsAndLocks());
    rules.add(onlyTheRimReadsClocks());
    rules.add(nobodyRollsDice());
    rules.add(
        only(
            "io.netty..",
            "dev.culvert.daemon.thread..",
            "dev.culvert.daemon.bgp..",
            "dev.culvert.daemon.metrics.."));
    rules.add(only("io.micrometer..", "dev.culvert.daemon.metrics.."));
    rules.add(only("org.bouncycastle..", "dev.culvert.ipsec.crypto..", "dev.culvert.ipsec.pki.."));
    rules.add(only("org.jline..", "dev.culvert.cli.."));
    rules.add(only("picocli..", "dev.culvert.cli.."));
    rules.add(
        only(
            "jnr..",
            "dev.culvert.daemon.control..",
            "dev.culvert.daemon.process..",
            "dev.culvert.cli.io.."));
    return rules;
  }

  private static ArchRule moduleUsesOnly(String module, List<String> others) {
    String[] allowed = new String[others.size() + 1];
    allowed[0] = CULVERT + module + "..";
    for (int i = 0; i < others.size(); i++) {
      allowed[i + 1] = CULVERT + others.get(i) + "..";
    }
    return noClasses()
        .that()
        .resideInAPackage(allowed[0])
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.culvert..")
                .and(DescribedPredicate.not(resideInAnyPackage(allowed))))
        // The simulator and the labs stand on this module's class path in some builds only.
        .allowEmptyShould(true)
        .as(module + " uses " + (others.isEmpty() ? "no other module" : "only " + others));
  }

  private static ArchRule everyClassBelongsToAModule() {
    String[] modules = ARROWS.keySet().stream().map(m -> CULVERT + m + "..").toArray(String[]::new);
    return classes().should().resideInAnyPackage(modules).as("every class belongs to a module");
  }

  private static ArchRule modulesHaveNoCycles() {
    return slices().matching("dev.culvert.(*)..").should().beFreeOfCycles();
  }

  /** Of all modules alike; a package and one below it are two. */
  private static ArchRule packagesHaveNoCycles() {
    return slices()
        .matching("dev.culvert.(**)")
        .should()
        .beFreeOfCycles()
        .as("slices, each a package, are free of cycles");
  }

  private static ArchRule daemonUsesOnlyTheRecordsOfTheShell() {
    return noClasses()
        .that()
        .resideInAPackage("dev.culvert.daemon..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.culvert.cli..")
                .and(DescribedPredicate.not(resideInAPackage("dev.culvert.cli.protocol.."))))
        .as("the daemon uses only the records of the shell");
  }

  private static ArchRule onlyTheRimDoesInputAndOutput() {
    return noClasses()
        .that(areSansIo())
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..")
                .and(DescribedPredicate.not(ADDRESS_VALUES))
                // To put into words what went wrong is no input or output.
                .and(DescribedPredicate.not(assignableTo(Throwable.class)))
                .or(assignableTo("java.io.FileInputStream"))
                .or(assignableTo("java.io.FileOutputStream"))
                .or(assignableTo("java.io.RandomAccessFile"))
                .or(assignableTo("java.io.File"))
                .or(assignableTo("java.lang.Process"))
                .or(assignableTo("java.lang.ProcessBuilder")))
        .orShould(callAnyOf(NAME_LOOKUPS))
        .as("only the rim does input and output");
  }

  private static ArchRule onlyTheRimHasThreadsAndLocks() {
    return noClasses()
        .that(areSansIo())
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.util.concurrent.locks..")
                .or(assignableTo("java.lang.Thread"))
                .or(assignableTo("java.util.concurrent.Executor"))
                .or(assignableTo("java.util.concurrent.Future"))
                .or(assignableTo("java.util.concurrent.BlockingQueue"))
                .or(assignableTo("java.util.Timer")))
        .as("only the rim has threads and locks");
  }

  private static ArchRule onlyTheRimReadsClocks() {
    return noClasses().that(areSansIo()).should(callAnyOf(CLOCKS)).as("only the rim reads clocks");
  }

  /**
   * Engines draw from the generator they are given; it is made where the router is put together.
   */
  private static ArchRule nobodyRollsDice() {
    return noClasses()
        .that(areSansIo())
        .should(callAnyOf(DICE))
        .as("engines draw only from the generator they are given");
  }

  private static ArchCondition<JavaClass> callAnyOf(Set<String> methods) {
    return callMethodWhere(
        new DescribedPredicate<JavaAccess<?>>("is one of " + methods) {
          @Override
          public boolean test(JavaAccess<?> call) {
            return methods.contains(
                call.getTargetOwner().getFullName() + "." + call.getTarget().getName());
          }
        });
  }

  private static DescribedPredicate<JavaClass> areSansIo() {
    return resideInAnyPackage(SANS_IO).and(DescribedPredicate.not(resideInAnyPackage(OUTSIDE)));
  }

  /** The library is known to these packages only. */
  private static ArchRule only(String library, String... packages) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .as("only " + Arrays.asList(packages) + " know " + library);
  }
}
