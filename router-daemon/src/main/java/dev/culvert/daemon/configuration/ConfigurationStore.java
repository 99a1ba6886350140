package dev.culvert.daemon.configuration;

import dev.culvert.core.config.Candidate;
import dev.culvert.core.config.ConfigDiff;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.kernel.EthernetDevices;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration in force, the candidate that operators share, and what was committed before.
 *
 * <p>A commit is put in force first and kept then: whatever ends the process in between, the next
 * start finds the old configuration or the new one, whole. One that is to be confirmed is known to
 * the disk before the configuration file is replaced, so that it goes back even if nobody lives to
 * see its time run out. Safe to share.
 */
public final class ConfigurationStore {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationStore.class);

  private static final String CANDIDATE = "candidate";
  private static final String ROUTER = "other";
  private static final Duration RETRY = Duration.ofMinutes(1);

  /** The running router, as far as its configuration goes. */
  public interface Router {
    /** In force. */
    RouterConfig committed();

    /** Puts a checked configuration in force; otherwise why the kernel refuses it. */
    Optional<String> commit(RouterConfig after);

    /** A commit is in the file too. */
    void kept(RouterConfig config);

    /**
     * Reads the file again, and puts it in force.
     *
     * @return why it was refused, a line each; empty if it is in force
     */
    List<String> reload();
  }

  /** Calls the store back, on a thread of its own. */
  @FunctionalInterface
  public interface Alarm {
    void after(Duration delay, Runnable what);
  }

  /**
   * Who commits, and how.
   *
   * @param confirmMinutes it goes back unless confirmed within that time; 0: it stays
   */
  record CommitOrder(
      String user, String client, boolean checkOnly, int confirmMinutes, String comment) {}

  /**
   * @param lines for the operator
   * @param error one more, if it failed; null if it did not
   */
  record Outcome(List<String> lines, @Nullable String error) {
    static Outcome failed(String error) {
      return new Outcome(List.of(), error);
    }
  }

  private final ConfigurationDisk disk;
  private final Router router;
  private final InstantSource clock;
  private final Alarm alarm;
  private final CommitHistory history;
  private final List<ConfigurationSession> sessions = new ArrayList<>();
  private Candidate shared;
  private @Nullable ConfigurationSession exclusive;
  private CommitHistory.@Nullable Pending pending;

  /** Where the disk does not let it, nothing is known of earlier commits, and the router runs. */
  public ConfigurationStore(
      ConfigurationDisk disk, Router router, InstantSource clock, Alarm alarm) {
    this.disk = disk;
    this.router = router;
    this.clock = clock;
    this.alarm = alarm;
    this.history = history(disk);
    this.shared = new Candidate(router.committed().tree());
    try {
      begin();
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_SAVED reason={}", FileErrors.reason(e));
    }
  }

  private static CommitHistory history(ConfigurationDisk disk) {
    try {
      return CommitHistory.read(disk);
    } catch (IOException e) {
      LOG.error("CONFIGURATION_COMMITS_UNKNOWN reason={}", FileErrors.reason(e));
      return CommitHistory.unknown(disk);
    }
  }

  /**
   * Before the configuration file is read at a start: a commit that was never confirmed, and whose
   * time a crash may have cut short, is taken back.
   */
  public static void recover(ConfigurationDisk disk, Instant now) throws IOException {
    CommitHistory history = CommitHistory.read(disk);
    CommitHistory.Pending pending = history.pending().orElse(null);
    if (pending == null) {
      return;
    }
    Optional<String> before = history.textOf(pending.back());
    int inFile = history.numberOf(disk.file().orElse(""), pending);
    // A file that holds anything else was confirmed by a commit after that, or edited by hand.
    if (before.isPresent() && inFile > 0) {
      LOG.warn("CONFIGURATION_ROLLED_BACK commit={} reason=not-confirmed", inFile);
      // Those were on their way into force.
      history.dropAfter(inFile);
      history.append(now, "root", ROUTER, rolledBack(pending), before.get());
      disk.replaceFile(before.get());
    }
    history.clearPending();
  }

  private static String rolledBack(CommitHistory.Pending pending) {
    return "automatic rollback: commit " + pending.number() + " was not confirmed";
  }

  /** What the router was started with is the newest commit, whoever has written it. */
  private void begin() throws IOException {
    String text = text(router.committed());
    List<CommitRecord> records = history.records();
    if (records.size() > 1 && !history.text(0).equals(Optional.of(text))) {
      // Its text was kept, and then the process ended before the file was replaced.
      if (history.text(1).equals(Optional.of(text))) {
        history.dropAfter(records.get(1).number());
        return;
      }
    }
    if (!history.text(0).equals(Optional.of(text))) {
      history.append(clock.instant(), "root", "file", "", text);
    }
  }

  private static String text(RouterConfig config) {
    return config.tree().toBraces(true);
  }

  /** An operator's session, which is in no mode yet. */
  public ConfigurationSession session(String user, boolean mayConfigure) {
    return new ConfigurationSession(this, user, mayConfigure);
  }

  synchronized ConfigTree active() {
    return router.committed().tree();
  }

  synchronized Candidate sharedCandidate() {
    return shared;
  }

  synchronized boolean isSharedChanged() {
    return !ConfigDiff.print(active(), shared.tree()).isEmpty();
  }

  /** Who else is editing; for the notice at {@code configure}, and for {@code status}. */
  synchronized List<ConfigurationSession> editing() {
    return List.copyOf(sessions);
  }

  /** Null if it may; otherwise why not. */
  synchronized @Nullable String enter(ConfigurationSession session, boolean exclusively) {
    if (exclusive != null) {
      return "error: configuration database locked by: " + exclusive.user() + " (exclusive)";
    }
    if (exclusively && isSharedChanged()) {
      return "error: configuration database modified: commit it, or roll it back, first";
    }
    if (exclusively) {
      exclusive = session;
    }
    sessions.add(session);
    return null;
  }

  synchronized void leave(ConfigurationSession session) {
    sessions.remove(session);
    if (exclusive == session) {
      exclusive = null;
      shared = new Candidate(active());
    }
  }

  /** Commits a candidate of that text; the shared one becomes the same. */
  synchronized Outcome commit(ConfigTree tree, boolean isShared, CommitOrder order) {
    Diagnostics diagnostics = new Diagnostics();
    String text = tree.toBraces(true);
    RouterConfig config =
        RouterConfigReader.read(CANDIDATE, text, EthernetDevices.inOrder(), diagnostics);
    List<String> lines = new ArrayList<>(Findings.lines(diagnostics));
    if (diagnostics.hasErrors()) {
      return new Outcome(lines, "error: configuration check-out failed");
    }
    RouterConfig before = router.committed();
    if (order.checkOnly()) {
      lines.addAll(Effects.of(before, config));
      lines.add("configuration check succeeds");
      return new Outcome(lines, null);
    }
    boolean isSame = text.equals(text(before));
    if (!isSame) {
      Optional<String> refusal = router.commit(config);
      if (refusal.isPresent()) {
        lines.add("[edit security]");
        lines.add("  " + refusal.get());
        return new Outcome(lines, "error: commit failed: the kernel refuses the configuration");
      }
    }
    CommitHistory.Pending earlier = pending;
    int newest = history.newest();
    try {
      keep(before, config, text, order);
    } catch (IOException e) {
      undo(before, newest, earlier);
      LOG.error("CONFIGURATION_NOT_SAVED reason={}", FileErrors.reason(e));
      return new Outcome(
          lines, "error: commit failed: cannot save the configuration: " + FileErrors.reason(e));
    }
    if (isShared) {
      shared = new Candidate(config.tree());
    }
    if (order.confirmMinutes() > 0) {
      lines.add(
          "commit confirmed will be automatically rolled back in "
              + order.confirmMinutes()
              + " minutes unless confirmed");
    }
    lines.add("commit complete");
    return new Outcome(lines, null);
  }

  private void keep(RouterConfig before, RouterConfig config, String text, CommitOrder order)
      throws IOException {
    boolean isSame = text.equals(text(before));
    if (!isSame || order.confirmMinutes() > 0) {
      if (history.records().isEmpty()) {
        history.append(clock.instant(), "root", "file", "", text(before));
      }
      int back = pending == null ? history.newest() : pending.back();
      CommitRecord record =
          history.append(clock.instant(), order.user(), order.client(), order.comment(), text);
      LOG.info(
          "CONFIGURATION_COMMITTED commit={} user={} client={} comment=\"{}\"\n{}",
          record.number(),
          record.user(),
          record.client(),
          record.comment(),
          ConfigDiff.print(before.tree(), config.tree()).stripTrailing());
      if (order.confirmMinutes() > 0) {
        Instant until = clock.instant().plus(Duration.ofMinutes(order.confirmMinutes()));
        CommitHistory.Pending next = new CommitHistory.Pending(record.number(), back, until);
        history.setPending(next);
        await(next);
      }
      disk.replaceFile(text);
      router.kept(config);
    }
    if (order.confirmMinutes() == 0) {
      confirm();
    }
  }

  /**
   * What is not on the disk would be gone after the next start: it does not stay in force either.
   */
  private void undo(RouterConfig before, int newest, CommitHistory.@Nullable Pending earlier) {
    pending = earlier;
    try {
      Optional<String> refusal = router.commit(before);
      if (refusal.isPresent()) {
        throw new IOException(refusal.get());
      }
      history.dropAfter(newest);
      if (earlier == null) {
        history.clearPending();
      } else {
        history.setPending(earlier);
      }
    } catch (IOException e) {
      // A start finds the file as it was, and puts the rest in order.
      LOG.error("CONFIGURATION_NOT_RESTORED reason={}", FileErrors.reason(e));
    }
  }

  private void confirm() throws IOException {
    if (pending != null) {
      LOG.info("CONFIGURATION_CONFIRMED commit={}", pending.number());
      pending = null;
      history.clearPending();
    }
  }

  private void await(CommitHistory.Pending commit) {
    pending = commit;
    alarm.after(Duration.between(clock.instant(), commit.until()), this::rollBackIfDue);
  }

  /**
   * Reads the configuration file again: what stands in it is a commit like any other.
   *
   * @return why it was refused, a line each; empty if it is in force
   */
  public synchronized List<String> reload(String user) {
    List<String> errors = router.reload();
    if (errors.isEmpty()) {
      fileCommitted(router.committed(), user);
    }
    return errors;
  }

  private void fileCommitted(RouterConfig config, String user) {
    try {
      String text = text(config);
      boolean isUntouched = !isSharedChangedFrom(history.text(0).orElse(text));
      if (!history.text(0).equals(Optional.of(text))) {
        CommitRecord record = history.append(clock.instant(), user, "file", "", text);
        LOG.info("CONFIGURATION_COMMITTED commit={} user={} client=file", record.number(), user);
      }
      confirm();
      if (isUntouched) {
        shared = new Candidate(config.tree());
      }
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_SAVED reason={}", FileErrors.reason(e));
    }
  }

  private boolean isSharedChangedFrom(String text) {
    return !shared.tree().toBraces(true).equals(text);
  }

  /** Takes back a commit whose time to be confirmed is over. */
  private synchronized void rollBackIfDue() {
    CommitHistory.Pending due = pending;
    if (due == null) {
      return;
    }
    if (clock.instant().isBefore(due.until())) {
      // Confirmed, and another took its place; or somebody has set the clock back.
      await(due);
      return;
    }
    try {
      RouterConfig before = read(history.textOf(due.back()).orElse(""));
      Optional<String> refusal = router.commit(before);
      if (refusal.isPresent()) {
        throw new IOException(refusal.get());
      }
      LOG.warn("CONFIGURATION_ROLLED_BACK commit={} reason=not-confirmed", due.number());
      String text = text(before);
      history.append(clock.instant(), "root", ROUTER, rolledBack(due), text);
      disk.replaceFile(text);
      router.kept(before);
      pending = null;
      history.clearPending();
      shared = new Candidate(before.tree());
    } catch (IOException e) {
      LOG.error("CONFIGURATION_NOT_ROLLED_BACK reason={}", FileErrors.reason(e));
      await(new CommitHistory.Pending(due.number(), due.back(), clock.instant().plus(RETRY)));
    }
  }

  private static RouterConfig read(String text) throws IOException {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config =
        RouterConfigReader.read(CANDIDATE, text, EthernetDevices.inOrder(), diagnostics);
    if (diagnostics.hasErrors() || text.isEmpty()) {
      throw new IOException("the configuration before cannot be read");
    }
    return config;
  }

  /** Newest first: {@code rollback 0} is in force. */
  public synchronized List<CommitRecord> commits() {
    return history.records();
  }

  /** The minutes left, rounded up, of the commit that waits to be confirmed; 0: none does. */
  public synchronized long minutesToConfirm() {
    CommitHistory.Pending waiting = pending;
    return waiting == null
        ? 0
        : Math.max(
            1, Duration.between(clock.instant(), waiting.until()).plusSeconds(59).toMinutes());
  }

  /** What {@code rollback N} brings; nothing if there is no such commit. */
  public synchronized Optional<ConfigTree> rollback(int number) throws IOException {
    if (number == 0) {
      return Optional.of(active());
    }
    Optional<String> text = history.text(number);
    return text.isEmpty() ? Optional.empty() : parse(text.get());
  }

  public synchronized Optional<ConfigTree> rescue() throws IOException {
    Optional<String> text = history.rescue();
    return text.isEmpty() ? Optional.empty() : parse(text.get());
  }

  /** {@code request system configuration rescue save}. */
  public synchronized void saveRescue() throws IOException {
    history.setRescue(text(router.committed()));
  }

  public synchronized void deleteRescue() throws IOException {
    history.deleteRescue();
  }

  private static Optional<ConfigTree> parse(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigurationText.parse(text, diagnostics);
    return diagnostics.hasErrors() ? Optional.empty() : Optional.of(tree);
  }
}
