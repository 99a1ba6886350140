package dev.culvert.daemon.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.RecordedEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultsTest {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00.25Z");

  @TempDir private Path state;
  private final List<Integer> exits = new ArrayList<>();

  @Test
  void aFaultIsAFileOfItsOwnerWithVersionStackTraceAndEvents() throws Exception {
    Path file = new FaultFiles(state, "1.2.3").write(fault("ospf", AT));

    assertThat(file).isEqualTo(state.resolve("faults/20260301T120000.250000Z-ospf.txt"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    assertThat(Files.readString(file))
        .startsWith("version: 1.2.3\n")
        .contains(
            "instance: ospf\n",
            "time: 2026-03-01T12:00:00.250Z\n",
            "java.lang.IllegalStateException: a bug\n\tat dev.culvert.daemon.fault.FaultsTest")
        .endsWith(
            "last events, oldest first: 2\n"
                + "2026-03-01T12:00:00.250Z one\n2026-03-01T12:00:00.250Z two\n");
  }

  @Test
  void theOldestGiveWayAndForeignFilesAreLeftAlone() throws Exception {
    FaultFiles files = new FaultFiles(state, "1.2.3");
    files.write(fault("bgp", AT));
    Path foreign = Files.createFile(state.resolve("faults/notes.txt"));
    for (int i = 1; i <= 20; i++) {
      files.write(fault(i % 2 == 0 ? "ospf" : "bgp", AT.plusSeconds(i)));
    }
    List<String> names = names();
    assertThat(names).contains(foreign.getFileName().toString());
    assertThat(names.stream().filter(n -> n.startsWith("2026")))
        .hasSize(FaultFiles.MOST_FILES)
        .startsWith("20260301T120005.250000Z-bgp.txt")
        .endsWith("20260301T120020.250000Z-ospf.txt");
  }

  @Test
  void aSavedFaultIsOnDiskBeforeTheRouterIsClosedAndTheProcessGoesOn() throws Exception {
    try (Faults faults = new Faults(new FaultFiles(state, "1.2.3"), exits::add)) {
      faults.save(fault("ike", AT));
    }
    assertThat(names()).containsExactly("20260301T120000.250000Z-ike.txt");
    assertThat(exits).isEmpty();
  }

  @Test
  void aFatalFaultIsSavedAndEndsTheProcess() throws Exception {
    try (Faults faults = new Faults(new FaultFiles(state, "1.2.3"), exits::add)) {
      faults.fatal(fault("routing", AT));
      assertThat(exits).containsExactly(70);
      assertThat(names()).containsExactly("20260301T120000.250000Z-routing.txt");
    }
  }

  @Test
  void theProcessEndsEvenIfNothingCanBeSaved() throws Exception {
    Path noDirectory = Files.createFile(state.resolve("file"));
    try (Faults faults = new Faults(new FaultFiles(noDirectory, "1.2.3"), exits::add)) {
      faults.save(fault("ike", AT));
      faults.fatal(fault("routing", AT));
    }
    assertThat(exits).containsExactly(70);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(state.resolve("faults"))) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private static InstanceFault fault(String instance, Instant at) {
    return new InstanceFault(
        instance,
        at,
        new IllegalStateException("a bug"),
        List.of(new RecordedEvent(at, "one", 1), new RecordedEvent(at, "two", 1)));
  }
}
