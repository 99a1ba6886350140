package dev.culvert.lab.bench.contender;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessFilesTest {
  private static final String STAT =
      "4242 (a (b) c) S 1 4242 4242 0 -1 4194560 5000 0 12 0 1234 566 7 8 10 -10 14 0 99 123 456";

  private static final String SOCKETS =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
         1: 0202000A:1451 0201000A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1
      """;

  @Test
  void processorTimeIsReadThoughTheNameHoldsBlanksAndBrackets() {
    assertThat(ProcessFiles.cpuSeconds(STAT)).isEqualTo(18.0);
    assertThat(ProcessFiles.cpuSecondsWithEnded(STAT)).isEqualTo(18.15);
  }

  @Test
  void aPortIsListenedOnOnlyWithASocketInStateListen() {
    assertThat(ProcessFiles.isListening(SOCKETS, 5001)).isTrue();
    assertThat(ProcessFiles.isListening(SOCKETS, 5201)).isFalse();
    assertThat(ProcessFiles.isListening(SOCKETS, 80)).isFalse();
  }

  @Test
  void thisProcessHasUsedProcessorTime() {
    assertThat(ProcessFiles.cpuSeconds(ProcessHandle.current().pid())).isPositive();
  }
}
