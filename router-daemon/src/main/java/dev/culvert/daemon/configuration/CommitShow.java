package dev.culvert.daemon.configuration;

import dev.culvert.cli.protocol.Element;
import dev.culvert.daemon.show.Page;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** {@code show system commit}: newest first, in Junos' form. */
public final class CommitShow {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss zzz");

  private CommitShow() {}

  /**
   * @param minutesToConfirm of the newest; 0: it stays
   */
  public static Page page(List<CommitRecord> commits, long minutesToConfirm) {
    return page(commits, minutesToConfirm, ZoneId.systemDefault());
  }

  static Page page(List<CommitRecord> commits, long minutesToConfirm, ZoneId zone) {
    Page page = new Page("commit-information");
    for (int i = 0; i < commits.size(); i++) {
      CommitRecord commit = commits.get(i);
      String time = TIME.withZone(zone).format(commit.at());
      page.line(
          "%-3d %s by %s via %s%s",
          i, time, commit.user(), commit.client(), i == 0 ? rollback(minutesToConfirm) : "");
      Element.Builder one =
          Element.builder("commit-history")
              .leaf("sequence-number", i)
              .leaf("user", commit.user())
              .leaf("client", commit.client())
              .leaf("date-time", time);
      if (!commit.comment().isEmpty()) {
        page.line("    %s", commit.comment());
        one.leaf("comment", commit.comment());
      }
      page.element(one);
    }
    return page;
  }

  private static String rollback(long minutes) {
    return minutes == 0 ? "" : ", rollback in " + minutes + (minutes == 1 ? " minute" : " minutes");
  }
}
