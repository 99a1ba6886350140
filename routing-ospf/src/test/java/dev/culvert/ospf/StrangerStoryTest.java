package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Secret;
import dev.culvert.ospf.PlayedNeighbors.Player;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.PacketAuthentication;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody on the link of a neighbor that is Full invents router ids. */
class StrangerStoryTest {
  private static final Ipv4Address ELSEWHERE = Ipv4Address.of("172.20.0.3");
  private static final OspfAuthentication WRONG =
      new OspfAuthentication.SimplePassword(
          Secret.copyOf("guess".getBytes(StandardCharsets.UTF_8)));

  private final PlayedNeighbors network = new PlayedNeighbors(1);
  private final Player neighbor = network.player(0);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoRestartsWithEachHelloCostsFewHellosAndNoNoticeThatIsNotLimited(boolean namesUs) {
    network.notices.clear();
    List<RouterId> heard = namesUs ? List.of(PlayedNeighbors.SELF) : List.of();
    for (int i = 0; i < 10_000; i++) {
      receive(invented(i), ELSEWHERE, hello(10, heard), OspfAuthentication.NONE);
    }

    assertThat(network.notices)
        .hasSizeGreaterThan(10_000)
        .allMatch(n -> n.rate() == Notice.Rate.PER_SUBJECT && n.subject().equals("st0.0"));
    assertThat(neighbor.heard(Hello.class)).hasSizeLessThan(10);
    assertThat(neighbor.state()).contains(NeighborState.FULL);
    // The last is answered too, a little later.
    network.passSeconds(1);
    assertThat(neighbor.heard(Hello.class).getLast().neighbors()).contains(invented(9_999));
  }

  @Test
  void aLossThatMattersIsNotLimited() {
    network.notices.clear();
    neighbor.send(hello(10, List.of()));

    assertThat(network.notices)
        .filteredOn(n -> n.tag().equals("OSPF_NBR_STATE"))
        .singleElement()
        .satisfies(n -> assertThat(n.rate()).isEqualTo(Notice.Rate.UNLIMITED))
        .satisfies(n -> assertThat(n.fields()).containsEntry("from", "Full"));
  }

  @Test
  void aNeighborsFailedAuthenticationIsNotHiddenByThatOfInventedOnes() {
    network.notices.clear();
    Hello hello = hello(10, List.of(PlayedNeighbors.SELF));
    for (int i = 0; i < 50; i++) {
      receive(invented(i), ELSEWHERE, hello, WRONG);
    }
    receive(neighbor.id, ELSEWHERE, hello, WRONG);
    assertThat(subjects("OSPF_AUTH_FAILED")).containsExactly("st0.0");

    receive(neighbor.id, neighbor.address, hello, WRONG);
    assertThat(subjects("OSPF_AUTH_FAILED")).containsExactly("st0.0", neighbor.id.toString());
  }

  @Test
  void norWhatItHasConfiguredOtherwise() {
    network.notices.clear();
    for (int i = 0; i < 50; i++) {
      receive(invented(i), ELSEWHERE, hello(5, List.of()), OspfAuthentication.NONE);
    }
    neighbor.send(hello(5, List.of()));

    assertThat(subjects("OSPF_MISMATCH")).containsExactly("st0.0", neighbor.id.toString());
  }

  private List<String> subjects(String tag) {
    return network.notices.stream()
        .filter(n -> n.tag().equals(tag) && n.rate() == Notice.Rate.PER_SUBJECT)
        .map(Notice::subject)
        .distinct()
        .toList();
  }

  private static RouterId invented(int number) {
    return new RouterId(0x0b00_0000 + number);
  }

  private static Hello hello(int interval, List<RouterId> heard) {
    return new Hello(
        Ipv4Address.of("255.255.255.252"),
        interval,
        2,
        1,
        40,
        Ipv4Address.ANY,
        Ipv4Address.ANY,
        heard);
  }

  private void receive(
      RouterId from, Ipv4Address source, Hello hello, OspfAuthentication authentication) {
    network.handle(
        new OspfEvent.PacketReceived(
            neighbor.link,
            source,
            Ipv4Address.of("224.0.0.5"),
            PacketAuthentication.sign(
                hello.encode(from, AreaId.BACKBONE), authentication, network.now)));
  }
}
