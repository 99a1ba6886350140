package dev.culvert.lab.bench;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Contenders;
import dev.culvert.lab.bench.measure.Instruments;
import dev.culvert.lab.bench.measure.MachineLoad;
import dev.culvert.lab.bench.measure.Measurement;
import dev.culvert.lab.bench.report.Circumstances;
import dev.culvert.lab.bench.report.Results;
import dev.culvert.lab.demo.Installation;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code bin/bench}: see {@link BenchArguments#USAGE} and {@link TunnelsArguments#USAGE}. */
public final class Bench {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private Bench() {}

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  /** The exit status: 0 if anything was measured. */
  static int run(List<String> words, PrintStream out, PrintStream err) {
    String what = words.isEmpty() ? "" : words.getFirst();
    if (words.contains("--help") || words.contains("-h")) {
      out.print(usages(what));
      return 0;
    }
    try {
      return switch (what) {
        case TunnelsArguments.WORD, TunnelsArguments.SPOKES -> tunnels(words, out);
        case PoliciesArguments.WORD -> policies(words, out);
        case FailoverArguments.WORD -> failover(words, out);
        default -> throughput(words, out);
      };
    } catch (IllegalArgumentException e) {
      err.println("bench: " + e.getMessage());
      err.print(usage(what));
      return 1;
    } catch (ThroughputRun.Stopped e) {
      return 1;
    } catch (IOException | LabException e) {
      err.println("bench: " + e.getMessage());
      return 1;
    }
  }

  /** Of all there is where nothing is named. */
  private static String usages(String what) {
    String named = usage(what);
    return named.equals(BenchArguments.USAGE)
        ? named + TunnelsArguments.USAGE + PoliciesArguments.USAGE + FailoverArguments.USAGE
        : named;
  }

  private static String usage(String what) {
    return switch (what) {
      case TunnelsArguments.WORD, TunnelsArguments.SPOKES -> TunnelsArguments.USAGE;
      case PoliciesArguments.WORD -> PoliciesArguments.USAGE;
      case FailoverArguments.WORD -> FailoverArguments.USAGE;
      default -> BenchArguments.USAGE;
    };
  }

  private static int policies(List<String> words, PrintStream out) throws IOException {
    PoliciesArguments arguments = PoliciesArguments.parse(words);
    requirePrograms(List.of("ip", "nft", "iperf3", "ss"));
    return new PoliciesBench(arguments, Installation.find(), out).run();
  }

  private static int tunnels(List<String> words, PrintStream out) throws IOException {
    TunnelsArguments arguments = TunnelsArguments.parse(words);
    requirePrograms(List.of("ip", "ping", "sh"));
    Installation installation = Installation.find();
    List<String> culvertd =
        arguments
            .culvertd()
            .map(program -> List.of(program.toString()))
            .orElseGet(() -> culvertd(installation));
    return new TunnelsBench(arguments, installation, culvertd, out).run();
  }

  private static int failover(List<String> words, PrintStream out) throws IOException {
    FailoverArguments arguments = FailoverArguments.parse(words);
    requirePrograms(List.of("ip", "sh"));
    Installation installation = Installation.find();
    List<String> culvertd =
        arguments
            .culvertd()
            .map(program -> List.of(program.toString()))
            .orElseGet(() -> culvertd(installation));
    return new FailoverBench(arguments, installation, culvertd, out).run();
  }

  private static int throughput(List<String> words, PrintStream out) throws IOException {
    BenchArguments arguments =
        BenchArguments.parse(words, Optional.ofNullable(System.getenv("CULVERT_C_BOUND")));
    List<String> programs = new ArrayList<>(List.of("ip", "iperf3", "ping", "nice"));
    if (!arguments.offload()
        || arguments.measurements().stream().anyMatch(Measurement::isWithoutOffload)) {
      programs.add("ethtool");
    }
    requirePrograms(programs);
    return new Session(arguments, Installation.find(), out).run();
  }

  private static void requirePrograms(List<String> programs) {
    try {
      if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
        throw new LabException("needs root, for network namespaces and TUN devices");
      }
    } catch (IOException e) {
      throw new LabException("needs Linux with /proc", e);
    }
    for (String program : programs) {
      if (!HostCommand.exists(program)) {
        throw new LabException("needs the program " + program);
      }
    }
  }

  /** The program users start; on a bare class path the one of this process. */
  private static List<String> culvertd(Installation installation) {
    Path launcher = installation.home().resolve("bin").resolve("culvertd");
    return System.getProperty("culvert.home") != null && Files.isExecutable(launcher)
        ? List.of(launcher.toString())
        : CulvertProcess.ownProgram();
  }

  /** One benchmark from the choice of the contenders to the files. */
  private record Session(BenchArguments arguments, Installation installation, PrintStream out) {
    int run() throws IOException {
      Instant begin = Instant.now();
      Results results = new Results();
      Progress progress = new Progress(out, results);
      Circumstances circumstances = Circumstances.ofThisMachine(begin);
      List<Contender> contenders = new ArrayList<>();
      for (Contender contender :
          Contenders.all(culvertd(installation), version(), arguments.cBound())) {
        if (!arguments.includes(contender.name())) {
          continue;
        }
        Optional<String> reason = contender.missing();
        if (reason.isPresent()) {
          progress.say("left out: " + contender.title() + " " + reason.get());
          results.remark(contender.title() + " is left out: it " + reason.get() + ".");
          continue;
        }
        contenders.add(contender);
        results.addContender(contender.name(), contender.title());
        circumstances = withVersion(circumstances, contender);
      }
      if (contenders.isEmpty()) {
        progress.say("there is nobody to measure");
        return 1;
      }
      if (!arguments.schedule().everything()) {
        results.remark(Schedule.ABRIDGED);
      }
      MachineLoad load = new MachineLoad();
      Instruments instruments = new Instruments(arguments.effort(), load);
      Reporter reporter =
          new Reporter(arguments, installation.home(), begin, results, circumstances, progress);
      new ThroughputRun(arguments, contenders, results, progress, instruments)
          .run((pass, queues) -> reporter.afterPass(pass, queues, instruments, load));
      return results.isEmpty() ? 1 : 0;
    }

    private static Circumstances withVersion(Circumstances circumstances, Contender contender) {
      // All ways of running Culvert are one program.
      String name = contender.name().startsWith("culvert-") ? "Culvert" : contender.name();
      return contender
          .version()
          .map(version -> circumstances.with(name, version))
          .orElse(circumstances);
    }

    private String version() {
      HostCommand.Result described =
          HostCommand.attempt(
              LIMIT,
              List.of(
                  "git",
                  "-C",
                  installation.home().toString(),
                  "describe",
                  "--always",
                  "--dirty",
                  "--tags"));
      return described.succeeded() ? "commit " + described.output().strip() : "without git";
    }
  }
}
