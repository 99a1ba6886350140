package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.lab.net.LabException;
import org.junit.jupiter.api.Test;

class IperfReportTest {
  @Test
  void whatTheReceiverGotCountsNotWhatWasSent() {
    IperfReport report =
        IperfReport.parse(
            """
            {"start": {"version": "iperf 3.12"},
             "end": {"sum_sent": {"bytes": 900, "bits_per_second": 7200.0, "retransmits": 3},
                     "sum_received": {"bytes": 800, "bits_per_second": 6400.5}}}
            """);
    assertThat(report).isEqualTo(new IperfReport(6400.5, 800));
  }

  @Test
  void bothDirectionsAreAddedUp() {
    IperfReport report =
        IperfReport.parse(
            """
            {"end": {"sum_received": {"bytes": 800, "bits_per_second": 6400},
                     "sum_received_bidir_reverse": {"bytes": 200, "bits_per_second": 1600}}}
            """);
    assertThat(report).isEqualTo(new IperfReport(8000, 1000));
  }

  @Test
  void aRunThatFailedTellsIperfsReason() {
    assertThatThrownBy(
            () -> IperfReport.parse("{\"end\": {}, \"error\": \"unable to connect to server\"}"))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("unable to connect to server");
  }

  @Test
  void outputThatIsNoJsonIsShown() {
    assertThatThrownBy(() -> IperfReport.parse("iperf3: unrecognized option"))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("unrecognized option");
    assertThatThrownBy(() -> IperfReport.parse("")).isInstanceOf(LabException.class);
    assertThatThrownBy(() -> IperfReport.parse("{}")).isInstanceOf(LabException.class);
  }
}
