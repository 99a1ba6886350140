package dev.culvert.lab.bench.tunnels;

import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which tunnels of one router are up by its log: to ask the router itself over and over would take
 * the very time that is measured. Confined to one thread.
 */
final class VpnLog {
  private static final Pattern CHANGE =
      Pattern.compile("\\bIKE_VPN_(?<state>UP|DOWN) vpn=(?<vpn>\\S+)");
  private static final Pattern READY = Pattern.compile("\\bSYSTEM_READY\\b");

  private final Path file;
  private final boolean manyPeers;
  private final TreeSet<String> up = new TreeSet<>();

  /** Of VPNs that have many peers each: how many have come up, and have not gone again. */
  private int peersUp;

  private long position;
  private String rest = "";
  private boolean ready;

  /**
   * @param manyPeers each line is of another peer of one VPN
   */
  VpnLog(Path file, boolean manyPeers) {
    this.file = file;
    this.manyPeers = manyPeers;
  }

  /** The router is started anew: all that it has said so far is of its past. */
  void restart() {
    read();
    up.clear();
    peersUp = 0;
    rest = "";
    ready = false;
  }

  int up() {
    read();
    return manyPeers ? peersUp : up.size();
  }

  boolean isReady() {
    read();
    return ready;
  }

  private void read() {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      byte[] fresh = new byte[(int) (log.length() - position)];
      log.seek(position);
      log.readFully(fresh);
      position += fresh.length;
      take(new String(fresh, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }

  /** Text that may end in the midst of a line. */
  void take(String text) {
    String all = rest + text;
    int end = all.lastIndexOf('\n') + 1;
    rest = all.substring(end);
    all.substring(0, end).lines().forEach(this::line);
  }

  private void line(String line) {
    ready |= READY.matcher(line).find();
    Matcher change = CHANGE.matcher(line);
    if (change.find()) {
      String vpn = change.group("vpn");
      boolean isUp = change.group("state").equals("UP");
      peersUp += isUp ? 1 : -1;
      if (isUp) {
        up.add(vpn);
      } else {
        up.remove(vpn);
      }
    }
  }
}
