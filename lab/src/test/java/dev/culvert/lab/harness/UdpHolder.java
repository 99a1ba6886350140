package dev.culvert.lab.harness;

import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;

/** Somebody else's program, which has a UDP port that the router wants; it answers nobody. */
public final class UdpHolder {
  private static final String HOLDS = "holds ";

  private UdpHolder() {}

  /** Returns once it has the port. */
  public static LabProcess start(
      LabNetwork network, NetworkNamespace namespace, String address, int port) {
    String name = "holder-" + port;
    LabProcess process =
        network.start(
            name,
            namespace.inside(JavaProgram.command(UdpHolder.class, address, Integer.toString(port))),
            Map.of());
    Await.until(Duration.ofSeconds(60), name, () -> process.log().contains(HOLDS), process::log);
    return process;
  }

  public static void main(String[] arguments) throws IOException {
    InetAddress address = InetAddress.getByName(arguments[0]);
    int port = Integer.parseInt(arguments[1]);
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.setReuseAddress(false);
      socket.bind(new InetSocketAddress(address, port));
      System.out.println(HOLDS + socket.getLocalSocketAddress());
      DatagramPacket received = new DatagramPacket(new byte[1], 1);
      while (!socket.isClosed()) {
        socket.receive(received);
      }
    }
  }
}
