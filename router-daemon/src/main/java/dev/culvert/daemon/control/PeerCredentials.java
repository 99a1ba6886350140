package dev.culvert.daemon.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/** Who is at the other end of the control socket, and what that allows. */
final class PeerCredentials {
  /** What an operator may do. */
  enum Role {
    NONE,
    VIEW,
    CONFIGURE
  }

  private static final String CONFIGURE_GROUP = "culvert";
  private static final String VIEW_GROUP = "culvert-view";

  private PeerCredentials() {}

  /** Root and group {@code culvert} may configure, group {@code culvert-view} may look. */
  static Role roleOf(int pid, int uid, int gid) throws IOException {
    if (uid == 0) {
      return Role.CONFIGURE;
    }
    List<Integer> groups = new ArrayList<>(supplementaryGroups(pid));
    groups.add(gid);
    return roleOf(groups, Files.readAllLines(Path.of("/etc/group")));
  }

  /** The role that membership in {@code gids} gives, by the lines of {@code /etc/group}. */
  static Role roleOf(List<Integer> gids, List<String> groupFile) {
    Role role = Role.NONE;
    for (String line : groupFile) {
      String[] fields = line.split(":", -1);
      if (fields.length < 3 || !fields[2].matches("[0-9]{1,9}")) {
        continue;
      }
      if (gids.contains(Integer.valueOf(fields[2]))) {
        if (fields[0].equals(CONFIGURE_GROUP)) {
          return Role.CONFIGURE;
        }
        if (fields[0].equals(VIEW_GROUP)) {
          role = Role.VIEW;
        }
      }
    }
    return role;
  }

  /** The user's name, or the number where it has none or the process is gone. */
  static String userOf(int pid, int uid) {
    try {
      return Files.getOwner(Path.of("/proc/" + pid)).getName();
    } catch (IOException e) {
      return String.valueOf(uid);
    }
  }

  /** The socket tells the primary group only; the others are the kernel's word on the process. */
  private static List<Integer> supplementaryGroups(int pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("Groups:")) {
        List<Integer> groups = new ArrayList<>();
        new StringTokenizer(line.substring("Groups:".length()))
            .asIterator()
            .forEachRemaining(word -> groups.add(Integer.valueOf(word.toString())));
        return groups;
      }
    }
    return List.of();
  }
}
