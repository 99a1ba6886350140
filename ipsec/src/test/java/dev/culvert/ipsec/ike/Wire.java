package dev.culvert.ipsec.ike;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.ike.admission.IkeDoor;
import dev.culvert.ipsec.ike.admission.Lane;
import dev.culvert.ipsec.ike.admission.Verdict;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;

/**
 * Two engines and the network between them, in virtual time: delay, loss, duplication, reordering
 * and a NAT as a test wants them. The data path is played by a table of installed pairs.
 */
final class Wire {
  /** What a name server takes. */
  static final Duration LOOK_UP_TIME = Duration.ofMillis(40);

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /**
   * After the last fault all is as it should be within that time, whatever had been lost: an
   * exchange that began before ends, the peer of a side that has given up notices it, the tunnel is
   * established again, and the SAs that nobody wants any more are gone.
   */
  static final Duration SETTLING = Duration.ofMinutes(4);

  private static final int NAT_TRAVERSAL = 4500;

  static final InterfaceName ETH0 = InterfaceName.of("eth0.0");
  static final InterfaceName ETH1 = InterfaceName.of("eth1.0");
  static final InterfaceName ST0 = InterfaceName.of("st0.0");
  static final InterfaceName ST1 = InterfaceName.of("st0.1");

  /**
   * One router: its engine and what the engine has asked of the world. It has a second interface,
   * whose address ends like the first's; what is said of the tunnel is said of st0.0.
   */
  final class Node {
    final String name;
    final IpAddress address;
    final int queues;
    final IkeEngine engine;
    final SortedMap<Spi, ChildSa> installed = new TreeMap<>();
    final List<IkeAction> actions = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();
    final List<ComputationResult> results = new ArrayList<>();

    /** As the engine told those who receive for it, by our SPI. */
    final SortedMap<Long, IkeAction.IkeSaKnown> known = new TreeMap<>();

    /** Looks at each message before the engine if the test wants it. */
    final IkeDoor door;

    final List<Judged> judged = new ArrayList<>();

    /** As the engine told; 0 is the interface's. */
    int toldMtu;

    final List<Integer> toldMtus = new ArrayList<>();

    /** Used last of those that are there. */
    Spi outbound;

    /** Of each queue. */
    final SortedMap<Integer, Spi> outbounds = new TreeMap<>();

    /** When a packet came, or went, by each pair. */
    final SortedMap<Spi, Instant> lastHeard = new TreeMap<>();

    final SortedMap<Spi, Instant> lastSent = new TreeMap<>();

    boolean up;
    int downs;
    int sent;
    private int talked;

    Node(String name, String address, int queues, long seed) {
      this.name = name;
      this.address = Ipv4Address.of(address);
      this.queues = queues;
      this.engine = new IkeEngine(new Random(seed), queues, crashSecret(name));
      this.door = new IkeDoor(seed, nanoTime());
    }

    /** Outlives a restart. */
    private static Secret crashSecret(String name) {
      return Secret.copyOf(name.getBytes(StandardCharsets.US_ASCII));
    }

    void handle(IkeEvent event) {
      engine.handle(event, now, this::act);
    }

    /** A message has come, through the door if there is one. */
    void receive(Endpoint local, Endpoint remote, Octets message) {
      if (!doors) {
        handle(new IkeEvent.DatagramReceived(local, remote, message));
        return;
      }
      Verdict verdict = door.receive(remote, message, nanoTime());
      long unknownBefore = unknownSpis();
      switch (verdict) {
        case Verdict.Admitted(Lane lane, var of) ->
            handle(new IkeEvent.DatagramReceived(local, remote, message, lane));
        case Verdict.Answered(Octets answer) ->
            act(new IkeAction.SendDatagram(local, remote, answer, false));
        case Verdict.Refused refused -> {}
      }
      judged.add(new Judged(verdict, message, unknownSpis() > unknownBefore));
    }

    private long unknownSpis() {
      return engine.statistics().drops().get("unknown-spi");
    }

    void configure(IpsecConfig config) {
      String second = address.toString().replace("192.0.2.", "198.51.100.");
      handle(
          new IkeEvent.InterfacesChanged(
              InterfaceChanges.of(
                  List.of(device(ETH0, 2, address.toString()), device(ETH1, 3, second)))));
      handle(new IkeEvent.ConfigurationCommitted(config));
    }

    private static InterfaceState device(InterfaceName name, int index, String address) {
      return new InterfaceState(
          name, index, true, false, false, 1500, List.of(InterfaceAddress.of(address + "/24")));
    }

    /** What an encrypted message that this node sends holds. */
    List<Payload> opened(Octets datagram) {
      IkeMessage message = ok(IkeMessage.decode(datagram));
      IkeHeader header = message.header();
      long ours = header.fromInitiator() ? header.initiatorSpi() : header.responderSpi();
      IkeSa ike = engine.parts.tables.ikeSas.get(ours);
      Payload.Encrypted sk = (Payload.Encrypted) message.payloads().getFirst();
      Octets plaintext = SealedMessage.open(datagram, sk.sealed(), IkeSa.present(ike.outbound));
      return ok(PayloadCodec.decode(sk.firstPayload(), plaintext));
    }

    /** Has the engine do what no event asks for. */
    void does(BiConsumer<EngineParts, Step> what) {
      what.accept(engine.parts, engine.parts.step(now, this::act));
    }

    /** Has the engine answer an encrypted request with that, whatever it holds. */
    void answer(Octets request, Payload... payloads) {
      IkeHeader header = ok(IkeMessage.decodeHeader(request));
      does((parts, step) -> {
        IkeSa ike = IkeSa.present(parts.tables.ikeSas.get(header.receiverSpi()));
        ExchangeType exchange = ExchangeType.ofWireValue(header.exchangeType()).orElseThrow();
        ike.window.beginAnswer(new MessageWindow.Origin(ike.local, ike.remote));
        step.add(new Effect.SendResponse(ike, exchange, header.messageId(), List.of(payloads)));
      });
    }

    /** Has the engine send that in place of the response it was to send. */
    void answerInstead(Octets response, Payload... payloads) {
      IkeHeader header = ok(IkeMessage.decodeHeader(response));
      does((parts, step) -> {
        long ours = header.fromInitiator() ? header.initiatorSpi() : header.responderSpi();
        IkeSa ike = IkeSa.present(parts.tables.ikeSas.get(ours));
        ExchangeType exchange = ExchangeType.ofWireValue(header.exchangeType()).orElseThrow();
        step.add(new Effect.SendResponse(ike, exchange, header.messageId(), List.of(payloads)));
      });
    }

    void deleteChildSas() {
      does((parts, step) ->
          List.copyOf(parts.tables.pairs.all().values())
              .forEach(pair -> parts.informational.deleteChild(pair, step)));
    }

    VpnStateView vpn() {
      return engine.vpns().getFirst();
    }

    Node peer() {
      return this == left ? right : left;
    }

    /** Packets that fill the path go out through the tunnel from here on, and counters say so. */
    void talk() {
      talk(1000);
    }

    void talk(int octets) {
      SortedMap<Spi, SaTraffic> counters = new TreeMap<>();
      talked++;
      installed.keySet().forEach(spi -> counters.put(spi, talked(octets)));
      handle(new IkeEvent.Traffic(counters));
      schedule(Duration.ofSeconds(5), () -> talk(octets));
    }

    private SaTraffic talked(int octets) {
      long sum = (long) octets * talked;
      return new SaTraffic(talked, sum, talked, sum, octets > SaTraffic.LARGE ? talked : 0);
    }

    /** A packet through the tunnel again and again, from here on. */
    void chat(Duration every) {
      send();
      schedule(every, () -> chat(every));
    }

    private SaActivity activity(Spi spi) {
      return new SaActivity(since(lastHeard.get(spi)), since(lastSent.get(spi)));
    }

    private Duration since(Instant at) {
      return at == null ? null : Duration.between(at, now);
    }

    /** A packet through the tunnel: true if the peer would accept it. */
    boolean send() {
      return send(outbound);
    }

    /** A packet from each queue; one without a pair takes another's. */
    boolean sendFromEachQueue() {
      boolean arrive = true;
      for (int queue = 0; queue < queues; queue++) {
        arrive &= send(outbounds.getOrDefault(queue, outbound));
      }
      return arrive;
    }

    private boolean send(Spi spi) {
      ChildSa out = spi == null ? null : installed.get(spi);
      if (out == null) {
        return false;
      }
      ChildSa in = peer().installed.get(out.outboundSpi());
      boolean arrives =
          in != null
              && in.inboundKey().equals(out.outboundKey())
              && in.algorithm() == out.algorithm();
      lastSent.put(spi, now);
      if (in == null && !cut) {
        SaNotice notice =
            new SaNotice.InvalidSpi(
                out.outboundSpi(),
                new Endpoint(peer().address, NAT_TRAVERSAL),
                new Endpoint(address, NAT_TRAVERSAL));
        schedule(
            Duration.ofMillis(delayMillis), () -> peer().handle(new IkeEvent.DataPath(notice)));
      }
      if (arrives && !cut) {
        peer().lastHeard.put(in.inboundSpi(), now);
        peer().handle(new IkeEvent.DataPath(new SaNotice.InboundSaUsed(in.inboundSpi())));
      }
      return arrives;
    }

    /** What the name server knows. */
    final Map<String, List<IpAddress>> hosts = new TreeMap<>();

    int lookUps;

    private void act(IkeAction action) {
      actions.add(action);
      switch (action) {
        case IkeAction.SendDatagram(
                Endpoint local,
                Endpoint remote,
                Octets message,
                boolean whole) -> {
          sent++;
          boolean fits = message.length() + headers(local) <= pathMtu;
          if (fits || !(whole || losesFragments)) {
            transmit(this, local, remote, message);
          }
        }
        case IkeAction.Compute(long id, var computation) ->
            schedule(
                Duration.ofMillis(3),
                () -> {
                  ComputationResult result = computation.run();
                  results.add(result);
                  handle(new IkeEvent.Computed(id, result));
                });
        case IkeAction.InstallChildSa(ChildSa sa) -> installed.put(sa.inboundSpi(), sa);
        case IkeAction.UseOutbound(Spi spi) -> {
          if (!installed.containsKey(spi)) {
            throw new AssertionError(name + " uses a pair that is not installed");
          }
          if (installed.get(spi).tunnel().equals(ST0)) {
            outbound = spi;
            outbounds.put(spi.queue(queues), spi);
          }
        }
        case IkeAction.RemoveChildSa(Spi spi) -> {
          installed.remove(spi);
          outbounds.values().remove(spi);
          if (spi.equals(outbound)) {
            outbound = outbounds.isEmpty() ? null : outbounds.firstEntry().getValue();
          }
        }
        case IkeAction.TunnelChanged(InterfaceName vpn, boolean isUp, String reason) -> {
          if (!vpn.equals(ST0)) {
            return;
          }
          if (isUp == up) {
            throw new AssertionError(name + " reports " + vpn + " twice as " + isUp);
          }
          up = isUp;
          downs += isUp ? 0 : 1;
        }
        case IkeAction.ReadActivity(long ikeSpi, List<Spi> spis) -> {
          SortedMap<Spi, SaActivity> activity = new TreeMap<>();
          spis.forEach(spi -> activity.put(spi, activity(spi)));
          Duration pause = Duration.ofNanos(answerNanos == 0 ? 0 : faults.nextInt(answerNanos));
          schedule(pause, () -> handle(new IkeEvent.ActivityRead(ikeSpi, activity)));
        }
        case IkeAction.PathMtuChanged(InterfaceName vpn, int mtu) -> {
          toldMtu = mtu;
          toldMtus.add(mtu);
        }
        case IkeAction.Report(Notice notice) -> notices.add(notice);
        case IkeAction.LookUp(String vpn, String asked) -> {
          lookUps++;
          List<IpAddress> found = hosts.getOrDefault(asked, List.of());
          schedule(LOOK_UP_TIME, () -> handle(new IkeEvent.LookedUp(vpn, asked, found)));
        }
        case IkeAction.IkeSaKnown known -> {
          this.known.put(known.localSpi(), known);
          door.known(known.localSpi(), known.remoteSpi(), known.initiator(), known.halfOpen());
        }
        case IkeAction.IkeSaForgotten(long spi) -> {
          known.remove(spi);
          door.forget(spi);
        }
        case IkeAction.AdmissionChanged(AdmissionPolicy policy) -> door.policy(policy);
        case IkeAction.PeersChanged(var addresses) -> door.peers(addresses, nanoTime());
        default -> {
          // Ports, keepalives and moves are looked up in the list of actions.
        }
      }
    }
  }

  /**
   * What a door said of a message.
   *
   * @param unknown the engine knew no IKE SA that it could be of
   */
  record Judged(Verdict verdict, Octets message, boolean unknown) {}

  private record Due(Instant at, long sequence, Runnable what) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** Nothing is left of the secret in it. */
  static boolean isErased(ComputationResult result) {
    return switch (result) {
      case ComputationResult.KeyGenerated(var keyPair) -> keyPair.isErased();
      case ComputationResult.Agreed(var own, var shared) -> shared.isErased();
      case ComputationResult.Refused refused -> true;
    };
  }

  static <T> T ok(Decoded<T> decoded) {
    return ((Decoded.Ok<T>) decoded).value();
  }

  /** The exchange type of a datagram, and whether it is a response. */
  static boolean is(Octets datagram, ExchangeType exchange, boolean response) {
    IkeHeader header = ok(IkeMessage.decodeHeader(datagram));
    return header.exchangeType() == exchange.wireValue() && header.response() == response;
  }

  static long initiatorSpi(Octets datagram) {
    return ok(IkeMessage.decodeHeader(datagram)).initiatorSpi();
  }

  Node left;
  final Node right;
  final Random faults;
  Instant now = START;
  double loss;
  double duplication;
  int jitterMillis;
  boolean cut;

  /** Longer packets pass in fragments only. */
  int pathMtu = 1500;

  boolean losesFragments;
  int delayMillis = 5;

  /** The data paths take less than that to answer; 0: they answer at once. */
  int answerNanos;

  /** Drops a datagram if true; sees the sender and the message. */
  BiPredicate<Node, Octets> drop = (from, message) -> false;

  /** Source address that the right side sees instead of the left's, as by a NAT; null: none. */
  IpAddress nat;

  int natPort = 40_000;

  /** Messages go by the doors. */
  boolean doors;

  /** Called after each thing that happened. */
  Runnable invariant = () -> {};

  private final PriorityQueue<Due> agenda = new PriorityQueue<>();
  private final Map<Integer, Integer> natPorts = new TreeMap<>();
  private long sequence;

  Wire(long seed) {
    this(seed, 1, 1);
  }

  /** Of routers with that many forwarding threads a direction. */
  Wire(long seed, int leftQueues, int rightQueues) {
    faults = new Random(seed);
    left = new Node("left", "192.0.2.1", leftQueues, seed * 2 + 1);
    right = new Node("right", "192.0.2.2", rightQueues, seed * 2 + 2);
  }

  /** The left router restarts with nothing but its configuration to come. */
  Node rebornLeft(long seed) {
    left = new Node("left", "192.0.2.1", left.queues, seed);
    return left;
  }

  void schedule(Duration delay, Runnable what) {
    agenda.add(new Due(now.plus(delay), sequence++, what));
  }

  /** IPv4, UDP and the non-ESP marker. */
  private static int headers(Endpoint local) {
    return local.port() == 500 ? 28 : 32;
  }

  private void transmit(Node from, Endpoint local, Endpoint remote, Octets message) {
    boolean lives = from == left || from == right;
    if (!lives || cut || drop.test(from, message) || faults.nextDouble() < loss) {
      return;
    }
    int copies = faults.nextDouble() < duplication ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      int delay = delayMillis + (jitterMillis == 0 ? 0 : faults.nextInt(jitterMillis));
      schedule(Duration.ofMillis(delay), () -> deliver(from, local, remote, message));
    }
  }

  private void deliver(Node from, Endpoint local, Endpoint remote, Octets message) {
    if (cut) {
      return;
    }
    Endpoint source = local;
    Endpoint destination = remote;
    if (nat != null && from == left) {
      int port = natPort + local.port();
      natPorts.put(port, local.port());
      source = new Endpoint(nat, port);
    } else if (nat != null) {
      destination = new Endpoint(left.address, natPorts.getOrDefault(remote.port(), remote.port()));
    }
    from.peer().receive(destination, source, message);
  }

  private long nanoTime() {
    return Duration.between(START, now).toNanos();
  }

  /** Lets that much time pass, doing in order all that is due. */
  void run(Duration time) {
    Instant end = now.plus(time);
    while (true) {
      Instant next = end;
      boolean any = false;
      for (Node node : List.of(left, right)) {
        var deadline = node.engine.nextDeadline();
        if (deadline != null && !deadline.at().isAfter(next)) {
          next = deadline.at();
          any = true;
        }
      }
      Due due = agenda.peek();
      if (due != null && !due.at().isAfter(next)) {
        agenda.poll();
        now = later(due.at());
        due.what().run();
      } else if (any) {
        now = later(next);
        for (Node node : List.of(left, right)) {
          node.engine.advance(now, node::act);
        }
      } else {
        now = end;
        return;
      }
      invariant.run();
    }
  }

  private Instant later(Instant at) {
    return at.isAfter(now) ? at : now;
  }

  /** Runs until the condition holds, at most that long; says whether it does. */
  boolean runUntil(java.util.function.BooleanSupplier condition, Duration atMost) {
    Instant end = now.plus(atMost);
    while (now.isBefore(end) && !condition.getAsBoolean()) {
      run(Duration.ofMillis(10));
    }
    return condition.getAsBoolean();
  }

  boolean bothUp() {
    return left.up && right.up;
  }

  int downs() {
    return left.downs + right.downs;
  }

  /** Peers given up because every transmission of a request, or every response to it, was lost. */
  long deadPeers() {
    return left.engine.statistics().deadPeers() + right.engine.statistics().deadPeers();
  }

  void beFaulty() {
    loss = 0.15;
    duplication = 0.15;
    jitterMillis = 300;
  }

  void beFaultless() {
    loss = 0;
    duplication = 0;
    jitterMillis = 0;
  }
}
