package dev.culvert.daemon.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.daemon.bfd.BfdSockets.Listening;
import dev.culvert.daemon.problem.Problems;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BfdSocketsTest implements BfdSockets.Opener<String, String> {
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final Listening LISTENING = new Listening(TUNNEL, AddressFamily.INET);
  private static final Ipv4Address PEER = Ipv4Address.of("172.16.0.2");

  private final List<String> open = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private final Problems problems = new Problems();
  private final BfdSockets<String, String> sockets =
      new BfdSockets<>(this, problems.of("bfd", "BFD port at"));
  private boolean refusing;
  private int attempts;
  private int number;

  @Test
  void aSocketWantedBeforeItsDeviceIsThereIsOpenedWithIt() {
    sockets.want(LISTENING);
    assertThat(attempts).isZero();

    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    assertThat(open).containsExactly("listener 1");

    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30", "172.16.0.5/30")));
    assertThat(open).containsExactly("listener 1");
  }

  @Test
  void aDeviceThatWasMadeAgainGetsAnotherSocketAndTransmitter() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    sockets.want(LISTENING);
    assertThat(sockets.transmitter(TUNNEL, null, PEER)).isEqualTo("transmitter 2");
    assertThat(sockets.transmitter(TUNNEL, null, PEER)).isEqualTo("transmitter 2");

    sockets.interfacesChanged(List.of(tunnel(6, "172.16.0.1/30")));

    assertThat(open).containsExactly("listener 3");
    assertThat(sockets.transmitter(TUNNEL, null, PEER)).isEqualTo("transmitter 4");
    assertThat(open).containsExactly("listener 3", "transmitter 4");
  }

  @Test
  void aDeviceThatIsGoneLeavesNothingOpen() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    sockets.want(LISTENING);
    sockets.transmitter(TUNNEL, null, PEER);

    sockets.interfacesChanged(List.of());

    assertThat(open).isEmpty();
    assertThat(sockets.transmitter(TUNNEL, null, PEER)).isNull();
  }

  @Test
  void aTransmitterGoesWithItsAddress() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    sockets.transmitter(TUNNEL, null, PEER);

    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.5/30")));

    assertThat(open).isEmpty();
  }

  @Test
  void aSourceThatIsLeftOpenFollowsThePrimaryAddress() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30", "172.16.0.5/30")));
    sockets.transmitter(TUNNEL, null, PEER);

    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.5/30", "172.16.0.1/30")));

    assertThat(open).isEmpty();
    assertThat(sockets.transmitter(TUNNEL, null, PEER)).isEqualTo("transmitter 2");
  }

  @Test
  void anotherSourceForANeighborTakesThePlaceOfTheFirst() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30", "172.16.0.5/30")));
    sockets.transmitter(TUNNEL, Ipv4Address.of("172.16.0.1"), PEER);

    assertThat(sockets.transmitter(TUNNEL, Ipv4Address.of("172.16.0.5"), PEER))
        .isEqualTo("transmitter 2");
    assertThat(open).containsExactly("transmitter 2");
  }

  @Test
  void whatIsRefusedIsTriedAgainWhileItIsWanted() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    refusing = true;
    sockets.want(LISTENING);
    later.removeFirst().run();
    assertThat(attempts).isEqualTo(2);
    assertThat(problems.all()).containsOnlyKeys("BFD port at st0.0");
    assertThat(problems.errors()).containsEntry("bfd", 2L);

    refusing = false;
    later.removeFirst().run();
    assertThat(open).containsExactly("listener 1");
    assertThat(problems.all()).isEmpty();
    assertThat(later).isEmpty();
  }

  @Test
  void interfacesThatChangeNeitherMultiplyTheAttemptsNorMendARefusal() {
    refusing = true;
    sockets.want(LISTENING);
    for (int i = 1; i <= 3; i++) {
      sockets.interfacesChanged(List.of(tunnel(5, "172.16.0." + i + "/30")));
    }
    assertThat(later).hasSize(1);
    assertThat(problems.all()).hasSize(1);

    sockets.interfacesChanged(List.of());
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void whatIsNoLongerWantedIsNoProblemAndNotTriedAgain() {
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30")));
    refusing = true;
    sockets.want(LISTENING);
    sockets.unwant(LISTENING);
    assertThat(problems.all()).isEmpty();

    later.removeFirst().run();
    assertThat(attempts).isEqualTo(1);
  }

  @Test
  void closingAnInterfaceOfOneFamilySparesTheOther() {
    Listening other = new Listening(TUNNEL, AddressFamily.INET6);
    sockets.interfacesChanged(List.of(tunnel(5, "172.16.0.1/30", "fd00::1/64")));
    sockets.want(LISTENING);
    sockets.want(other);
    sockets.transmitter(TUNNEL, null, PEER);

    sockets.unwant(LISTENING);
    assertThat(open).containsExactly("listener 2");

    sockets.close();
    assertThat(open).isEmpty();
  }

  private static InterfaceState tunnel(int index, String... addresses) {
    return new InterfaceState(
        TUNNEL,
        index,
        true,
        true,
        false,
        1400,
        Stream.of(addresses).map(InterfaceAddress::of).toList());
  }

  private String opened(String kind) throws IOException {
    attempts++;
    if (refusing) {
      throw new IOException("refused");
    }
    String name = kind + " " + ++number;
    open.add(name);
    return name;
  }

  @Override
  public String listen(Listening listening) throws IOException {
    return opened("listener");
  }

  @Override
  public void closeListener(String listener) {
    open.remove(listener);
  }

  @Override
  public String transmitter(BfdSockets.Path path) throws IOException {
    return opened("transmitter");
  }

  @Override
  public void closeTransmitter(String transmitter) {
    open.remove(transmitter);
  }

  @Override
  public void later(Duration pause, Runnable task) {
    later.add(task);
  }
}
