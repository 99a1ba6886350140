package dev.culvert.lab.harness;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.MessageVector;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Well-formed IKE_SA_INIT requests at a steady rate, each with an SPI, a nonce and a key exchange
 * of its own, from addresses that are not the sender's: every other one from the victim's peer, the
 * rest from all over 198.18.0.0/15 (RFC 2544). Half of them offer what the labs' gateways take, the
 * others all that a peer with many algorithms might, and nothing that will do. No key exchange of
 * theirs is any good. A program inside a namespace, which ends by itself after a while.
 */
public final class IkeFlooder {
  private static final int IPPROTO_RAW = 255;
  private static final int UDP_PORT = 500;
  private static final int IP_HEADER = 20;
  private static final int UDP_HEADER = 8;
  private static final int FIRST_SOURCE = 198 << 24 | 18 << 16;
  private static final int SOURCES = 1 << 17;
  private static final int BURST = 32;
  private static final int SLOT = 1024;
  private static final int NONCE_LENGTH = 32;
  private static final int KEY_LENGTH = 64;
  private static final int GENERIC_HEADER = 4;

  /** Random octets are no point of its curve, which shows only when a key is to be made of them. */
  private static final int GROUP = 19;

  /** AES-128-GCM, HMAC-SHA2-256, group 19. */
  private static final List<Transform> FITTING =
      List.of(
          new Transform(Transform.ENCR, 20, 128),
          new Transform(Transform.PRF, 5, 0),
          new Transform(Transform.DH, GROUP, 0));

  /** About as many as strongSwan offers by default, without the group. */
  private static final List<Transform> MANY =
      Stream.of(
              IntStream.of(128, 192, 256).mapToObj(bits -> new Transform(Transform.ENCR, 12, bits)),
              IntStream.of(128, 192, 256).mapToObj(bits -> new Transform(Transform.ENCR, 13, bits)),
              IntStream.rangeClosed(1, 16).mapToObj(id -> new Transform(Transform.INTEG, id, 0)),
              IntStream.rangeClosed(1, 8).mapToObj(id -> new Transform(Transform.PRF, id, 0)),
              IntStream.of(14, 15, 16, 17, 18, 20, 21, 25, 26, 27, 28, 29, 30, 31, 32)
                  .mapToObj(id -> new Transform(Transform.DH, id, 0)))
          .flatMap(transforms -> transforms)
          .toList();

  /** What it could not send in time is not caught up by more than this at once. */
  private static final double CATCH_UP_SECONDS = 0.05;

  private static final long SLEEP_NANOS = 200_000;
  private static final int REPORT_EVERY = 1000;
  private static final Pattern SENT = Pattern.compile("sent (\\d+)");

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final LabProcess process;

  private IkeFlooder(LabProcess process) {
    this.process = process;
  }

  /**
   * Begins.
   *
   * @param name of its log: another for each
   * @param atMost it ends by itself after that time
   */
  public static IkeFlooder start(
      LabNetwork network,
      NetworkNamespace from,
      String name,
      String victim,
      String peer,
      int perSecond,
      Duration atMost) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            IkeFlooder.class.getName(),
            victim,
            peer,
            Integer.toString(perSecond),
            Long.toString(atMost.toSeconds()));
    return new IkeFlooder(network.start(name, from.inside(command), Map.of()));
  }

  /** Waits until so many have left. */
  public void awaitSent(int messages, Duration limit) {
    Await.until(
        limit,
        messages + " messages of the flooder",
        () -> sent() >= messages || !process.isAlive(),
        process::log);
    if (sent() < messages) {
      throw new LabException("the flooder has ended: " + process.log().strip());
    }
  }

  /** How many have left, to the last thousand. */
  public int sent() {
    return SENT.matcher(process.log())
        .results()
        .map(MatchResult::group)
        .reduce((first, second) -> second)
        .map(text -> Integer.parseInt(text.substring("sent ".length())))
        .orElse(0);
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  public void stop() {
    process.kill();
  }

  /** The program: VICTIM PEER MESSAGES-PER-SECOND SECONDS. */
  public static void main(String[] arguments) throws IOException {
    int victim = Ipv4Address.of(arguments[0]).bits();
    int peer = Ipv4Address.of(arguments[1]).bits();
    double perSecond = Double.parseDouble(arguments[2]);
    double seconds = Double.parseDouble(arguments[3]);
    try (Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_RAW, IPPROTO_RAW);
        Arena arena = Arena.ofConfined()) {
      new Burst(arena, victim, peer).flood(socket.number(), perSecond, seconds);
    }
  }

  /** Messages made once, whose random parts are drawn anew each time they are sent. */
  private static final class Burst {
    private final MemorySegment memory;
    private final MessageVector vector = new MessageVector(BURST);
    private final SplittableRandom random = new SplittableRandom();
    private final int peer;

    /** Of each slot's packet. */
    private final int[] lengths = new int[BURST];

    Burst(Arena arena, int victim, int peer) {
      this.peer = peer;
      this.memory = arena.allocate((long) BURST * SLOT);
      for (int i = 0; i < BURST; i++) {
        byte[] packet = packet(victim, initRequest(i % 4 < 2 ? FITTING : MANY));
        lengths[i] = packet.length;
        MemorySegment.copy(
            packet, 0, memory, ValueLayout.JAVA_BYTE, (long) i * SLOT, packet.length);
        vector.prepareSend(i, memory, (long) i * SLOT, packet.length);
        vector.setPeer(i, false, 0, Integer.toUnsignedLong(victim), 0);
      }
    }

    void flood(int socket, double perSecond, double seconds) {
      long start = System.nanoTime();
      double skipped = 0;
      int sent = 0;
      int told = 0;
      int next = 0;
      double elapsed = 0;
      while (elapsed < seconds) {
        elapsed = (System.nanoTime() - start) / 1e9;
        double due = (elapsed - skipped) * perSecond - sent;
        if (due < 1) {
          LockSupport.parkNanos(SLEEP_NANOS);
          continue;
        }
        int count = (int) Math.min(due, BURST - next);
        for (int i = next; i < next + count; i++) {
          refresh(i);
        }
        sent += Math.max(0, vector.send(socket, memory, next, count, 0));
        next = (next + count) % BURST;
        skipped += Math.max(0, due / perSecond - CATCH_UP_SECONDS);
        if (sent - told >= REPORT_EVERY) {
          told = sent;
          System.out.println("sent " + sent);
        }
      }
      System.out.println("sent " + sent);
    }

    private void refresh(int i) {
      long at = (long) i * SLOT;
      int source = i % 2 == 0 ? peer : FIRST_SOURCE + 1 + random.nextInt(SOURCES - 2);
      memory.set(INT, at + 12, source);
      memory.set(LONG, at + IP_HEADER + UDP_HEADER, random.nextLong() | 1);
      // The nonce is the last payload, the key exchange the one before it.
      long nonce = at + lengths[i] - NONCE_LENGTH;
      for (int octet = 0; octet < NONCE_LENGTH; octet += Long.BYTES) {
        memory.set(LONG, nonce + octet, random.nextLong());
      }
      for (int octet = 0; octet < KEY_LENGTH; octet += Long.BYTES) {
        memory.set(LONG, nonce - GENERIC_HEADER - KEY_LENGTH + octet, random.nextLong());
      }
    }
  }

  /** The kernel fills in length, identification and checksum of the IP header. */
  private static byte[] packet(int victim, Octets message) {
    return new WireWriter()
        .u8(0x45)
        .u8(0)
        .u16(0)
        .u32(0)
        .u8(64)
        .u8(Linux.IPPROTO_UDP)
        .u16(0)
        .u32(0)
        .u32(victim)
        .u16(UDP_PORT)
        .u16(UDP_PORT)
        .u16(UDP_HEADER + message.length())
        .u16(0)
        .octets(message)
        .toByteArray();
  }

  private static Octets initRequest(List<Transform> offer) {
    Proposal proposal = new Proposal(1, Proposal.PROTOCOL_IKE, Octets.EMPTY, offer);
    IkeHeader header =
        new IkeHeader(
            1,
            0,
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.IKE_SA_INIT.wireValue(),
            true,
            false,
            0,
            0);
    Octets hash = Octets.wrap(new byte[20]);
    return new IkeMessage(
            header,
            List.of(
                new Payload.SecurityAssociation(List.of(proposal)),
                Payload.Notify.of(NotifyType.NAT_DETECTION_SOURCE_IP, hash),
                Payload.Notify.of(NotifyType.NAT_DETECTION_DESTINATION_IP, hash),
                new Payload.KeyExchange(GROUP, Octets.wrap(new byte[KEY_LENGTH])),
                new Payload.Nonce(Octets.wrap(new byte[NONCE_LENGTH]))))
        .encode();
  }
}
