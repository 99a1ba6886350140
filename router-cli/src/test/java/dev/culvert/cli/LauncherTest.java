package dev.culvert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in {@code bin}, with JDKs made of paper. */
class LauncherTest {
  private static final Path HOME = Path.of("").toAbsolutePath().getParent();

  /** Finds a JDK as the launchers do and prints which. */
  private static final String FIND =
      ". \"$CULVERT_HOME/bin/lib/launch.sh\"; find_jdk; echo \"$JDK\"";

  private static final String LAUNCH = ". \"$CULVERT_HOME/bin/lib/launch.sh\"; ";

  @TempDir Path directory;
  private Path jvmFolder;

  private record Outcome(int status, String output, String errors) {}

  @BeforeEach
  void emptyJvmFolder() throws IOException {
    jvmFolder = Files.createDirectory(directory.resolve("jvm"));
  }

  @Test
  void everyScriptParses() throws Exception {
    for (String script :
        List.of(
            "bin/culvert",
            "bin/culvertd",
            "bin/test",
            "bin/fuzz",
            "bin/bench",
            "bin/lib/bare.sh",
            "bin/lib/bare-root.sh",
            "bin/lib/launch.sh",
            "bin/lib/packages.sh",
            ".ci/run")) {
      assertThat(bash("bash -n \"$CULVERT_HOME/" + script + "\"", Map.of()))
          .as(script)
          .isEqualTo(new Outcome(0, "", ""));
    }
  }

  @Test
  void javaHomeIsTakenWhenItIsNewEnough() throws Exception {
    Path newest = jdk("jdk-27", "27");
    Path chosen = jdk("elsewhere", "25.0.3");
    assertThat(bash(FIND, Map.of("JAVA_HOME", chosen.toString())).output())
        .isEqualTo(chosen + "\n")
        .isNotEqualTo(newest + "\n");
  }

  @Test
  void anOldJavaHomeIsPassedOverForTheNewestInTheUsualFolder() throws Exception {
    Path old = jdk("java-17", "17.0.9");
    jdk("java-25", "25");
    Path newest = jdk("java-26", "26.0.1");
    assertThat(bash(FIND, Map.of("JAVA_HOME", old.toString())).output()).isEqualTo(newest + "\n");
  }

  @Test
  void theJavaOnThePathIsTheLastResort() throws Exception {
    Path jdk = jdk("../on-path", "25.0.1").toRealPath();
    Path bin = Files.createDirectory(directory.resolve("links"));
    Files.createSymbolicLink(bin.resolve("java"), jdk.resolve("bin/java"));
    String path = bin + ":/usr/bin:/bin";
    assertThat(bash(FIND, Map.of("PATH", path)).output()).isEqualTo(jdk + "\n");
  }

  @Test
  void withoutAJdkOneLineSaysWhatToDo() throws Exception {
    Path old = jdk("java-17", "17.0.9");
    String path = old.resolve("bin") + ":/usr/bin:/bin";
    Outcome outcome = bash("\"$CULVERT_HOME/bin/culvert\" --help", Map.of("PATH", path));
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors().lines())
        .singleElement()
        .asString()
        .startsWith("culvert: needs a JDK 25 or newer: install one");
  }

  @Test
  void aChangedOrDeletedSourceMakesTheBuildStale() throws Exception {
    Path home = Files.createDirectory(directory.resolve("home"));
    Path source = Files.createDirectories(home.resolve("mod/src/main/java"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(source.resolve("A.java"), "");
    Files.createDirectories(home.resolve("target/launch"));
    String isStale =
        "CULVERT_HOME='"
            + home
            + "'; . '"
            + HOME
            + "/bin/lib/launch.sh'; is_stale && echo stale; :";
    assertThat(bash(isStale, Map.of()).output()).isEqualTo("stale\n");

    String stamp = "touch -d '2 hours' '" + home + "/target/launch/stamp'; ";
    assertThat(bash(stamp + isStale, Map.of()).output()).isEmpty();

    String edited = "touch -d '3 hours' '" + source + "/A.java'; ";
    assertThat(bash(edited + isStale, Map.of()).output()).isEqualTo("stale\n");

    String deleted =
        "touch -d '1 hour' '%1$s/A.java'; rm '%1$s/A.java'; touch -d '3 hours' '%1$s'; "
            .formatted(source);
    assertThat(bash(deleted + isStale, Map.of()).output()).isEqualTo("stale\n");
  }

  /** A JVM whose hard bound is below its soft one does not start. */
  @Test
  void theHeapHasASoftBoundWhereItsHardOneIsAboveIt() throws Exception {
    assertThat(softHeap("", 1024)).isEqualTo("-XX:SoftMaxHeapSize=96m\n");
    assertThat(softHeap("", 191)).isEqualTo("\n");
    assertThat(softHeap("-Xmx64m", 1024)).isEqualTo("\n");
    assertThat(softHeap("-XX:MaxRAMPercentage=5", 1024)).isEqualTo("\n");
    assertThat(softHeap("-Dx=y", 1024)).isEqualTo("-XX:SoftMaxHeapSize=96m\n");
  }

  private String softHeap(String options, int mebibytes) throws Exception {
    return bash(
            LAUNCH
                + "memory_mib() { echo "
                + mebibytes
                + "; }; DAEMON_FLAGS=(); soft_heap; echo \"${DAEMON_FLAGS[@]}\"",
            Map.of("CULVERT_JAVA_OPTS", options))
        .output();
  }

  @Test
  void theLeastOfTheMachinesMemoryAndItsControlGroupsBoundsCounts() throws Exception {
    Path processes = Files.createDirectories(directory.resolve("proc/self")).getParent();
    Files.writeString(processes.resolve("meminfo"), "MemTotal:  2097152 kB\nMemFree: 1 kB\n");
    Path groups = Files.createDirectory(directory.resolve("cgroup"));
    Path inner = Files.createDirectories(groups.resolve("router.slice/inner"));
    Map<String, String> folders =
        Map.of("CULVERT_PROC_DIR", processes.toString(), "CULVERT_CGROUP_DIR", groups.toString());
    String memory = LAUNCH + "memory_mib";

    Files.writeString(processes.resolve("self/cgroup"), "0::/router.slice/inner\n");
    Files.writeString(inner.resolve("memory.max"), "max\n");
    assertThat(bash(memory, folders).output()).isEqualTo("2048\n");
    Files.writeString(groups.resolve("router.slice/memory.max"), "157286400\n");
    assertThat(bash(memory, folders).output()).isEqualTo("150\n");

    Files.writeString(
        processes.resolve("self/cgroup"), "5:cpuset:/\n4:memory:/old\n3:cpu,cpuacct:/\n0::/\n");
    Path old = Files.createDirectories(groups.resolve("memory/old"));
    Files.writeString(old.resolve("memory.limit_in_bytes"), "9223372036854771712\n");
    assertThat(bash(memory, folders).output()).isEqualTo("2048\n");
    Files.writeString(old.resolve("memory.limit_in_bytes"), "104857600\n");
    assertThat(bash(memory, folders).output()).isEqualTo("100\n");
  }

  @Test
  void theProgramIsStartedThroughASymbolicLinkFromAnyDirectoryWithItsArguments() throws Exception {
    Path jdk = jdk("java-25", "25.0.3");
    Path java = jdk.resolve("bin/java");
    Files.writeString(java, "#!/bin/sh\nfor a; do echo \"[$a]\"; done\n");
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.createDirectories(home.resolve("target/launch/lib"));
    Files.writeString(home.resolve("target/launch/lib/a.jar"), "");
    Path link = directory.resolve("culvert");
    Files.createSymbolicLink(link, home.resolve("bin/culvert"));
    String run =
        "cp -r '%s/bin' '%s/'; touch '%s/target/launch/stamp'; cd /; '%s' -c 'show a  b' ''"
            .formatted(HOME, home, home, link);
    Outcome outcome = bash(run, Map.of());
    assertThat(outcome.output().lines())
        .containsSubsequence(
            "[-cp]",
            "[" + home.toRealPath() + "/target/launch/lib/a.jar]",
            "[dev.culvert.cli.Main]",
            "[-c]",
            "[show a  b]",
            "[]");
    assertThat(outcome.errors()).isEmpty();
  }

  @Test
  void whatIsBuiltRunsWhereItIsOlderThanItsSourcesAndCannotBeBuilt() throws Exception {
    Path java = jdk("java-25", "25.0.3").resolve("bin/java");
    Files.writeString(java, "#!/bin/sh\necho started\n");
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.createDirectories(home.resolve("target/launch/lib"));
    Files.writeString(home.resolve("target/launch/stamp"), "");
    Path jar = Files.writeString(home.resolve("target/launch/lib/a.jar"), "");
    Files.writeString(home.resolve("pom.xml"), "");
    String prepare =
        "cp -r '%1$s/bin' '%2$s/'; touch -d '2 hours ago' '%2$s/target/launch/stamp'; "
                .formatted(HOME, home)
            + "chmod -R a+rX,a-w '%s'; %s ".formatted(directory, withoutPrivileges());

    for (String program : List.of("culvert", "culvertd")) {
      Outcome outcome = bash(prepare + "'" + home + "/bin/" + program + "'", Map.of());
      assertThat(outcome.output()).as(program).isEqualTo("started\n");
      assertThat(outcome.errors())
          .as(program)
          .isEqualTo(
              "culvert: what is built is older than its sources, and %s is not writable: running it as it is (run it once as its owner to build it)\n"
                  .formatted(home.toRealPath()));
    }

    bash("chmod -R u+w '" + home + "'", Map.of());
    Files.delete(jar);
    Outcome unbuilt = bash(prepare + "'" + home + "/bin/culvert'", Map.of());
    assertThat(unbuilt.status()).isEqualTo(1);
    assertThat(unbuilt.output()).isEmpty();
    assertThat(unbuilt.errors())
        .isEqualTo(
            "culvert: is not built, and %s is not writable: run it once as its owner\n"
                .formatted(home.toRealPath()));
    bash("chmod -R u+w '" + home + "'", Map.of());
  }

  /** Root may write everywhere; so this is not done as root. */
  private static String withoutPrivileges() {
    return "root".equals(System.getProperty("user.name"))
        ? "setpriv --reuid=65534 --regid=65534 --clear-groups"
        : "";
  }

  @Test
  void theBareRootGetsTheMachinesSourcesOfItsOwnRelease() throws Exception {
    Path lists = Files.createDirectories(directory.resolve("apt/sources.list.d"));
    Files.writeString(
        lists.resolve("debian.sources"),
        """
        Types: deb
        # a mirror
        URIs: http://mirror.example/debian
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By: /usr/share/keyrings/debian.gpg

        Enabled: no
        Types: deb
        URIs: http://mirror.example/debian
        Suites: bookworm-backports
        Components: main
        """);
    Files.writeString(
        lists.resolve("others.sources"),
        """
        Types: deb
        URIs: https://elsewhere.example
        Suites: nodistro cloud-bookworm
        Components: main
        """);
    Files.writeString(
        lists.resolve("old.list"),
        """
        # deb http://mirror.example/debian bookworm main
        deb [arch=amd64 signed-by=/etc/apt/keyrings/a.gpg] http://security.example bookworm-security main contrib # why
        deb-src http://mirror.example/debian bookworm main
        deb http://elsewhere.example trixie main
        """);
    Map<String, String> apt = Map.of("CULVERT_APT_DIR", directory.resolve("apt").toString());
    String sources = BARE + "debian_sources bookworm";

    assertThat(bash(sources, apt).output())
        .isEqualTo(
            """
            Types: deb
            # a mirror
            URIs: http://mirror.example/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /usr/share/keyrings/debian.gpg

            Types: deb
            URIs: http://security.example
            Suites: bookworm-security
            Components: main contrib
            Signed-By: /etc/apt/keyrings/a.gpg

            """);
    String found = directory.resolve("found").toString();
    assertThat(bash(sources + " >'" + found + "'; signing_keys '" + found + "'", apt).output())
        .isEqualTo("/usr/share/keyrings/debian.gpg\n/etc/apt/keyrings/a.gpg\n");

    Outcome none = bash(BARE + "debian_sources sid", apt);
    assertThat(none).isEqualTo(new Outcome(1, "", "culvert: apt has no source of sid\n"));
  }

  private static final String BARE =
      ". \"$CULVERT_HOME/bin/lib/launch.sh\"; . \"$CULVERT_HOME/bin/lib/bare.sh\"; ";

  @Test
  void whatTheJdkHasElsewhereComesAlong() throws Exception {
    Path jdk = jdk("java-25", "25.0.3").toRealPath();
    Path outside = Files.writeString(directory.toRealPath().resolve("cacerts"), "certificates");
    Files.createSymbolicLink(jdk.resolve("bin/cacerts"), outside);
    Files.createSymbolicLink(jdk.resolve("bin/java-too"), jdk.resolve("bin/java"));
    Path root = directory.resolve("root");
    String copy = BARE + "links_out_of '%s' | copy_into '%s'".formatted(jdk, root);
    assertThat(bash(copy, Map.of())).isEqualTo(new Outcome(0, "", ""));
    assertThat(Path.of(root + outside.toString())).hasContent("certificates");
    assertThat(bash(BARE + "links_out_of '" + jdk + "'", Map.of()).output())
        .isEqualTo(outside + "\n");
  }

  @Test
  void theArgumentsOfTheTestsChooseWhatRuns() throws Exception {
    String read = ". \"$CULVERT_HOME/bin/test\"; read_arguments --long 'A*Test' BTest --bare; ";
    assertThat(bash(read + "echo \"$bare $long ${classes[*]}\"", Map.of()).output())
        .isEqualTo("yes yes A*Test BTest\n");
    Outcome wrong = bash("\"$CULVERT_HOME/bin/test\" --bear", Map.of());
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.output()).isEmpty();
    assertThat(wrong.errors()).contains("bin/test [--bare] [--long] [CLASS...]");
  }

  @Test
  void everyFuzzTargetIsListedOnce() throws Exception {
    assertThat(bash("\"$CULVERT_HOME/bin/fuzz\" --list", Map.of()).output().lines())
        .contains("FrameCodecFuzzTest#frame")
        .doesNotHaveDuplicates()
        .allMatch(line -> line.matches("\\w+FuzzTest#\\w+"));
  }

  @Test
  void reportsAreAddedUpAndTheirCasesNamed() throws Exception {
    Path report =
        Files.writeString(
            directory.resolve("TEST-x.xml"),
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuite xmlns:xsi="x" version="3.0.2" name="a.BTest" time="1" tests="4" errors="1" skipped="1" failures="0">
              <testcase name="works" classname="a.BTest" time="0.1"/>
              <testcase name="breaks" classname="a.BTest" time="0.1">
                <error message="boom" type="x">trace</error>
              </testcase>
              <testcase name="waits" classname="a.BTest" time="0">
                <skipped message="needs bird"/>
              </testcase>
              <testcase name="says" classname="a.BTest" time="0.1">
                <system-out><![CDATA[hello]]></system-out>
              </testcase>
            </testsuite>
            """);
    String run =
        ". \"$CULVERT_HOME/bin/test\"; add_report '%1$s'; echo $passed $failed $skipped; outcomes '%1$s'"
            .formatted(report);
    assertThat(bash(run, Map.of()).output())
        .isEqualTo(
            """
            FAILED BTest.breaks: boom
            2 1 1
            passed BTest.works
            FAILED BTest.breaks: boom
            skipped BTest.waits (needs bird)
            passed BTest.says
            """);
  }

  private Path jdk(String name, String version) throws IOException {
    Path jdk = Files.createDirectories(jvmFolder.resolve(name));
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nexit 0\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return jdk;
  }

  private Outcome bash(String script, Map<String, String> environment) throws Exception {
    Path output = directory.resolve("out");
    Path errors = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/bash", "-c", script)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("CULVERT_HOME", HOME.toString());
    builder.environment().put("CULVERT_JVM_DIR", jvmFolder.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), read(output), read(errors));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
