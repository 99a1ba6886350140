package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.cli.protocol.Request;
import dev.culvert.daemon.configuration.StoreSite;
import dev.culvert.daemon.show.FakeRouterState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that programs of the machine carry out. */
class ReachabilityCommandsTest {
  private final List<List<String>> ran = new ArrayList<>();
  private final Commands commands =
      new Commands(
          new FakeRouterState(),
          new StoreSite("system { host-name branch; }").store,
          (command, lines, cancelled) -> {
            ran.add(command);
            lines.accept("64 bytes from 10.0.0.2");
          });

  @ParameterizedTest
  @CsvSource({
    "ping 10.0.0.2, ping -- 10.0.0.2",
    "ping 10.0.0.2 count 3 size 100, ping -c 3 -s 100 -- 10.0.0.2",
    "ping hub.example.net source 10.0.0.1 do-not-fragment, ping -I 10.0.0.1 -M do -- hub.example.net",
    "ping 10.0.0.2 cou 2 no-r, ping -c 2 -n -- 10.0.0.2",
    "ping 2001:db8::1 interface eth0.0, ping -I eth0 -- 2001:db8::1",
    "ping 10.0.0.2 interface st0.1, ping -I st0.1 -- 10.0.0.2",
    "traceroute 10.0.0.2 no-resolve ttl 5, traceroute -n -m 5 -- 10.0.0.2"
  })
  void optionsOfJunosAreThoseOfTheProgram(String line, String command) {
    Answers answer = Answers.of(commands, line, Request.Format.TEXT, false);
    assertThat(answer.error()).isNull();
    assertThat(ran).containsExactly(List.of(command.split(" ")));
    assertThat(answer.text()).isEqualTo("64 bytes from 10.0.0.2\n");
  }

  @ParameterizedTest
  @CsvSource({
    "ping, name the host",
    "ping 10.0.0.2 10.0.0.3, unexpected '10.0.0.3'",
    "ping -f, unexpected '-f'",
    "ping 10.0.0.2;reboot, unexpected '10.0.0.2;reboot'",
    "ping 10.0.0.2 count, 'count' needs a value",
    "ping 10.0.0.2 interval 0, '0' is no value of 'interval'",
    "ping 10.0.0.2 source -f, '-f' is no value of 'source'",
    "ping 10.0.0.2 interface eth0.x, 'eth0.x' is no value of 'interface'"
  })
  void whatTheProgramMightTakeForSomethingElseIsRefused(String line, String error) {
    assertThat(Answers.of(commands, line, Request.Format.TEXT, true).error()).isEqualTo(error);
    assertThat(ran).isEmpty();
  }

  @Test
  void theOutputIsOneLeafOfADocument() {
    Answers answer = Answers.of(commands, "ping 10.0.0.2", Request.Format.ELEMENTS, false);
    assertThat(answer.document().toJson()).contains("ping-results", "64 bytes from 10.0.0.2");
  }

  @Test
  void aProgramIsHeardOnBothItsOutputsToItsEnd() throws Exception {
    List<String> heard = new ArrayList<>();
    HostPrograms.ofMachine()
        .run(List.of("sh", "-c", "echo one; echo two >&2"), heard::add, () -> false);
    assertThat(heard).containsExactly("one", "two");
  }

  @Test
  void aProgramEndsWithTheOperatorsInterest() throws Exception {
    List<String> heard = new ArrayList<>();
    HostPrograms.ofMachine()
        .run(
            List.of("sh", "-c", "while :; do echo line; sleep 0.01; done"),
            heard::add,
            () -> !heard.isEmpty());
    assertThat(heard).containsExactly("line");
  }

  @Test
  void aProgramThatIsNotThereIsSaidToBeMissing() {
    assertThatThrownBy(
            () -> HostPrograms.ofMachine().run(List.of("/no/such"), l -> {}, () -> false))
        .isInstanceOf(IOException.class);
    Commands without =
        new Commands(
            new FakeRouterState(),
            new StoreSite("system { host-name branch; }").store,
            (command, lines, cancelled) -> {
              throw new IOException("no such program");
            });
    assertThat(Answers.of(without, "traceroute 10.0.0.2", Request.Format.TEXT, false).error())
        .isEqualTo("traceroute: no such program (Debian's package traceroute has it)");
  }
}
