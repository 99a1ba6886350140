package dev.culvert.lab.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.NatChoice;
import dev.culvert.firewall.path.Outcome;
import dev.culvert.firewall.path.PacketHeaders;
import dev.culvert.firewall.path.PathStep;
import dev.culvert.firewall.path.PathVerdict;
import dev.culvert.firewall.path.PathWalk;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.Sessions;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.path.AgreementSite.Seen;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What {@link PathWalk} says of a packet the kernel does to it, with what {@link NftRenderer} makes
 * of the same ruleset: whether it passes, by which interface, translated to what, and what its
 * sender is told; the same of answers, of what follows, and of ICMP errors. Rulesets, routes and
 * packets are drawn; a disagreement names the seed.
 */
@Lab(needs = "nft")
class PathAgreementLabTest {
  private static final int RULESETS = Integer.getInteger("culvert.agreement.rulesets", 40);
  private static final long FIRST_SEED = Long.getLong("culvert.agreement.seed", 1);
  private static final int PACKETS = 40;
  private static final int LEAST_OF_A_KIND = 3;

  /** More than any range has addresses. */
  private static final int CHOICES = 20;

  private static final Instant NOW = Instant.EPOCH;
  private static final int SEQUENCE = 1000;
  private static final int ANSWER_SEQUENCE = 5000;

  private final List<String> disagreements = new ArrayList<>();
  private final SortedMap<String, Integer> outcomes = new TreeMap<>();
  private int cases;

  @Test
  void theWalkAndTheKernelAgree(TestReporter reporter) throws IOException, InterruptedException {
    try (LabNetwork network = LabNetwork.create();
        AgreementSite site = new AgreementSite(network)) {
      for (long seed = FIRST_SEED; seed < FIRST_SEED + RULESETS; seed++) {
        new Round(site, seed).play();
      }
    }
    assertThat(disagreements).as("%d cases: %s", cases, outcomes).isEmpty();
    assertThat(cases).isGreaterThan(RULESETS * PACKETS);
    reporter.publishEntry(cases + " cases", outcomes.toString());
    // Whatever is drawn: it would prove little if some of it never happened.
    for (String kind :
        List.of(
            "Forwarded",
            "Delivered",
            "Denied",
            "NEW",
            "ESTABLISHED",
            "RELATED",
            "INVALID",
            "StaticNat",
            "DestinationNat",
            "ReverseStaticNat",
            "SourceNat",
            "PolicyMatched",
            "PolicyDefault",
            "HostInbound")) {
      assertThat(outcomes.getOrDefault(kind, 0)).as(kind).isGreaterThan(LEAST_OF_A_KIND);
    }
  }

  /** One ruleset and some packets. */
  private final class Round {
    private final AgreementSite site;
    private final long seed;
    private final RandomGenerator random;
    private final RandomWorld world;
    private final RandomPackets packets;
    private final Ruleset ruleset;
    private final Sessions sessions;
    private final Map<Long, PathVerdict> expectedInside = new LinkedHashMap<>();
    private final Map<Long, PathVerdict> all = new LinkedHashMap<>();

    Round(AgreementSite site, long seed) throws IOException, InterruptedException {
      this.site = site;
      this.seed = seed;
      random = new SplittableRandom(seed);
      world = new RandomWorld(random);
      packets = new RandomPackets(world, random);
      ruleset = new RandomRuleset(world, random).draw();
      sessions = new Sessions(ruleset.flow());
      site.become(world, NftRenderer.render(ruleset));
    }

    void play() throws IOException {
      for (int i = 0; i < PACKETS; i++) {
        InterfaceName in = packets.in();
        RawPacket drawn = packets.draw(in, site.token());
        boolean tcp = drawn.flow().protocol() == ServiceMatch.TCP;
        RawPacket first = RawPacket.of(drawn.flow(), tcp ? packets.tcpFlags() : 0, drawn.token());
        Seen seen = compare(in, first, null);
        if (seen != null && (!tcp || first.tcpFlags() == PacketHeaders.SYN)) {
          goOn(in, first, seen);
        }
      }
      Map<Long, Flow> inside = site.delivered();
      all.forEach((token, verdict) -> {
        PathVerdict expected = expectedInside.get(token);
        Flow flow = inside.get(token);
        if (expected == null ? flow != null : flow == null || !agrees(expected, flow)) {
          disagree(verdict, "reaching the router as " + flow);
        }
      });
    }

    /** Answers, what follows, and errors about it. */
    private void goOn(InterfaceName in, RawPacket first, Seen seen) {
      Flow left = seen.packet().flow();
      if (random.nextInt(100) < 30) {
        error(seen.out(), left);
      }
      if (random.nextInt(100) < 80) {
        RawPacket answer =
            new RawPacket(
                left.reversed(),
                left.protocol() == ServiceMatch.TCP ? PacketHeaders.SYN | PacketHeaders.ACK : 0,
                ANSWER_SEQUENCE,
                SEQUENCE + 1,
                site.token(),
                null);
        compare(seen.out(), answer, null);
        RawPacket next =
            new RawPacket(
                first.flow(),
                left.protocol() == ServiceMatch.TCP ? PacketHeaders.ACK : 0,
                SEQUENCE + 1,
                ANSWER_SEQUENCE + 1,
                site.token(),
                null);
        compare(in, next, null);
        if (random.nextInt(100) < 30) {
          // About the answer, from the side of who began.
          error(in, first.flow().reversed());
        }
      } else {
        compare(
            in,
            new RawPacket(first.flow(), first.tcpFlags(), SEQUENCE, 0, site.token(), null),
            null);
      }
    }

    /** Somebody behind an interface could not deliver what left there. */
    private void error(InterfaceName at, Flow lost) {
      boolean v6 = lost.source() instanceof Ipv6Address;
      IpAddress from = random.nextBoolean() ? lost.destination() : world.behind(at, v6);
      RawPacket inner =
          new RawPacket(
              lost,
              lost.protocol() == ServiceMatch.TCP ? PacketHeaders.SYN : 0,
              SEQUENCE,
              0,
              site.token(),
              null);
      compare(at, RawPacket.error(from, lost.source(), random.nextBoolean(), inner), lost);
    }

    /** Sends it; what came out of the router, if that is what the walk says. */
    private @Nullable Seen compare(InterfaceName in, RawPacket packet, @Nullable Flow about) {
      cases++;
      List<PathVerdict> verdicts = verdicts(in, packet, about);
      long token = about == null ? packet.token() : packet.error().token();
      List<Seen> everything = site.send(in, packet);
      List<Seen> passed =
          everything.stream()
              .filter(s -> s.packet().token() == token && isSameKind(s.packet(), packet))
              .toList();
      Answers answers =
          answers(everything, packet, token, about != null, isReachable(packet.flow().source()));
      for (PathVerdict verdict : verdicts) {
        if (agrees(verdict, passed, answers, in)) {
          count(verdict);
          return settle(token, verdict, passed);
        }
      }
      disagree(
          verdicts.getFirst(),
          "passed " + passed + ", answers " + answers + " of " + everything.size());
      // The kernel has its own idea of this session: leave it alone.
      return null;
    }

    private void count(PathVerdict verdict) {
      outcomes.merge(verdict.outcome().getClass().getSimpleName(), 1, Integer::sum);
      outcomes.merge(verdict.tracking().state().toString(), 1, Integer::sum);
      verdict.steps().stream()
          .map(step -> step.getClass().getSimpleName())
          .distinct()
          .forEach(step -> outcomes.merge(step, 1, Integer::sum));
    }

    private @Nullable Seen settle(long token, PathVerdict verdict, List<Seen> passed) {
      all.put(token, verdict);
      if (verdict.outcome() instanceof Outcome.Delivered && verdict.packet().about() == null) {
        expectedInside.put(token, verdict);
      }
      Seen seen = passed.isEmpty() ? null : passed.getFirst();
      sessions.accept(seen == null ? verdict : verdict.leavingAs(seen.packet().flow()), NOW);
      return seen;
    }

    private boolean isReachable(IpAddress source) {
      return world.lookup(Flow.of(source, source, 0)) instanceof RouteAnswer.Out;
    }

    /** One, or where NAT has a choice one for each. */
    private List<PathVerdict> verdicts(InterfaceName in, RawPacket packet, @Nullable Flow about) {
      int octets = packet.encode().length;
      boolean tcp = packet.flow().protocol() == ServiceMatch.TCP;
      PacketHeaders headers =
          new PacketHeaders(
              in,
              packet.flow(),
              packet.tcpFlags(),
              octets,
              PacketHeaders.Fragment.WHOLE,
              Set.of(),
              about,
              tcp ? RawPacket.TOKEN_LENGTH : 0,
              false);
      List<PathVerdict> verdicts = new ArrayList<>();
      for (int i = 0; i < CHOICES; i++) {
        int number = i;
        PathVerdict verdict =
            new PathWalk(ruleset, flow -> number).walk(headers, world::lookup, sessions, NOW);
        verdicts.add(verdict);
        if (verdict.step(PathStep.DestinationNat.class).isEmpty()) {
          break;
        }
      }
      return verdicts;
    }

    private void disagree(PathVerdict verdict, String kernel) {
      disagreements.add(
          "seed %d: %s in %s tcp %x about %s: %s of %s, but the kernel: %s"
              .formatted(
                  seed,
                  verdict.packet().flow(),
                  verdict.packet().in(),
                  verdict.packet().tcpFlags(),
                  verdict.packet().about(),
                  verdict.outcome(),
                  verdict.steps(),
                  kernel));
    }
  }

  /** Not the router's own words about it, such as an echo reply or a redirect. */
  private static boolean isSameKind(RawPacket seen, RawPacket sent) {
    return seen.flow().protocol() == sent.flow().protocol()
        && (!sent.flow().isIcmp()
            || seen.flow().destinationPort() == sent.flow().destinationPort());
  }

  // --- What agrees -------------------------------------------------------------------------------

  private boolean agrees(
      PathVerdict verdict, List<Seen> passed, Answers answers, InterfaceName in) {
    return switch (verdict.outcome()) {
      case Outcome.Forwarded(Flow flow, RouteAnswer.Out route) ->
          passed.size() == 1
              && passed.getFirst().out().equals(route.out())
              && agrees(verdict, passed.getFirst().packet().flow())
              && agreesAbout(verdict, passed.getFirst().packet());
      case Outcome.Delivered delivered -> passed.isEmpty();
      case Outcome.Denied(String reason, String remedy, Outcome.Answer answer) ->
          passed.isEmpty()
              && switch (answer) {
                case NOTHING -> !answers.reset() && answers.error() == null;
                case TCP_RESET -> answers.reset() || !answers.reachable();
                case PROHIBITED ->
                    !answers.reachable()
                        || (answers.error() != null && isProhibited(answers.error()));
                // The kernel's own affair, and only where policies have not been asked.
                case UNREACHABLE -> !answers.reset();
              };
    };
  }

  private static boolean isProhibited(Flow error) {
    return error.protocol() == ServiceMatch.ICMP
        ? error.destinationPort() == (3 << 8 | 13)
        : error.destinationPort() == (1 << 8 | 1);
  }

  private static boolean agreesAbout(PathVerdict verdict, RawPacket packet) {
    return verdict.packet().about() == null
        || (packet.error() != null && packet.error().flow().equals(verdict.aboutLeaving()));
  }

  /** The same flow, or one that NAT may have chosen instead. */
  private static boolean agrees(PathVerdict verdict, Flow seen) {
    Flow expected = verdict.leaving().orElseThrow();
    Optional<PathStep.SourceNat> source = verdict.step(PathStep.SourceNat.class);
    NatChoice sources = source.map(PathStep.SourceNat::choice).orElse(null);
    boolean sourceAgrees =
        sources == null
            ? seen.source().equals(expected.source()) && seen.sourcePort() == expected.sourcePort()
            : sources.allows(
                source.orElseThrow().before().sourcePort(), seen.source(), seen.sourcePort());
    return sourceAgrees
        && seen.protocol() == expected.protocol()
        && seen.destination().equals(expected.destination())
        && seen.destinationPort() == expected.destinationPort();
  }

  /**
   * What the sender was told.
   *
   * @param error the ICMP error
   * @param reachable whether anything can be told to it
   */
  private record Answers(boolean reset, @Nullable Flow error, boolean reachable) {}

  private static Answers answers(
      List<Seen> everything, RawPacket packet, long token, boolean isError, boolean reachable) {
    boolean reset = false;
    Flow error = null;
    for (Seen seen : everything) {
      RawPacket other = seen.packet();
      reset |=
          packet.flow().protocol() == ServiceMatch.TCP
              && other.flow().protocol() == ServiceMatch.TCP
              && (other.tcpFlags() & PacketHeaders.RST) != 0
              && other.token() == 0
              && other.flow().destinationPort() == packet.flow().sourcePort();
      if (!isError && other.error() != null && other.token() == token) {
        error = other.flow();
      }
    }
    return new Answers(reset, error, reachable);
  }
}
