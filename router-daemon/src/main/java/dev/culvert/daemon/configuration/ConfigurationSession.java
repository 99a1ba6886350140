package dev.culvert.daemon.configuration;

import dev.culvert.core.config.Candidate;
import dev.culvert.core.config.ConfigDiff;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.EditPath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operator's way through configuration mode: which candidate is edited, and where in it. The
 * commands of the mode are in {@link ConfigurationMode}. Confined to the operator's thread, but for
 * {@link #user}.
 */
public final class ConfigurationSession {
  /** How the mode was entered. */
  public enum Kind {
    /** The candidate that all operators share. */
    SHARED,
    /** A copy of one's own, which is laid upon what is in force at the commit. */
    PRIVATE,
    /** The shared one, and nobody else's meanwhile. */
    EXCLUSIVE
  }

  /** What a private candidate has had done to it; whole says that lines cannot tell it. */
  private final List<String> lines = new ArrayList<>();

  private final ConfigurationStore store;
  private final String user;
  private final boolean mayConfigure;
  private @Nullable Kind kind;
  private @Nullable Candidate own;
  private @Nullable ConfigTree base;
  private boolean whole;
  private EditPath path = EditPath.TOP;

  /** Where {@code exit} leads back to, the last first. */
  private final Deque<EditPath> before = new ArrayDeque<>();

  ConfigurationSession(ConfigurationStore store, String user, boolean mayConfigure) {
    this.store = store;
    this.user = user;
    this.mayConfigure = mayConfigure;
  }

  public String user() {
    return user;
  }

  public boolean isConfiguring() {
    return kind != null;
  }

  public EditPath path() {
    return path;
  }

  ConfigurationStore store() {
    return store;
  }

  @Nullable Kind kind() {
    return kind;
  }

  void moveTo(EditPath to) {
    path = to;
    if (to.isTop()) {
      before.clear();
    }
  }

  /** {@code edit}: {@link #back} undoes it. */
  void enter(EditPath to) {
    before.push(path);
    path = to;
  }

  /** To where the last {@code edit} was typed. */
  void back() {
    moveTo(before.isEmpty() ? EditPath.TOP : before.pop());
  }

  /**
   * {@code configure}.
   *
   * @param notices what the operator is to know
   * @return null if the mode is entered; otherwise why not
   */
  public @Nullable String enter(Kind as, List<String> notices) {
    if (!mayConfigure) {
      return "permission denied: only root and group culvert may do that";
    }
    List<ConfigurationSession> others = store.editing();
    String refusal = store.enter(this, as == Kind.EXCLUSIVE);
    if (refusal != null) {
      return refusal;
    }
    kind = as;
    moveTo(EditPath.TOP);
    lines.clear();
    whole = false;
    base = store.active();
    own = as == Kind.PRIVATE ? new Candidate(base) : null;
    notices.add(
        switch (as) {
          case SHARED -> "Entering configuration mode";
          case PRIVATE ->
              "warning: uncommitted changes will be discarded on exit\n"
                  + "Entering configuration mode";
          case EXCLUSIVE ->
              "warning: uncommitted changes will be discarded on exit\n"
                  + "Entering configuration mode";
        });
    for (ConfigurationSession other : others) {
      notices.add("Users currently editing the configuration: " + other.user());
    }
    if (as == Kind.SHARED && store.isSharedChanged()) {
      notices.add("The configuration has been changed but not committed");
    }
    return null;
  }

  /** Leaves the mode; also when the operator is gone. */
  public void leave(List<String> notices) {
    if (kind == null) {
      return;
    }
    boolean isChanged = !changes().isEmpty();
    if (isChanged) {
      notices.add(
          kind == Kind.SHARED
              ? "The configuration has been changed but not committed"
              : "warning: uncommitted changes discarded");
    }
    store.leave(this);
    kind = null;
    own = null;
    moveTo(EditPath.TOP);
  }

  private Candidate candidate() {
    Candidate mine = own;
    return mine == null ? store.sharedCandidate() : mine;
  }

  ConfigTree tree() {
    synchronized (store) {
      return candidate().tree();
    }
  }

  /** What a commit would change. */
  String changes() {
    return ConfigDiff.print(store.active(), tree());
  }

  /** A line with a full path. */
  void edit(String line, Diagnostics diagnostics) {
    synchronized (store) {
      candidate().edit(line, diagnostics);
    }
    lines.add(line);
  }

  void merge(String text, boolean byTags, Diagnostics diagnostics) {
    synchronized (store) {
      candidate().merge(text, byTags, diagnostics);
    }
    whole = true;
  }

  void replace(ConfigTree tree) {
    synchronized (store) {
      candidate().replace(tree);
    }
    whole = true;
  }

  ConfigurationStore.Outcome commit(ConfigurationStore.CommitOrder order) {
    synchronized (store) {
      Candidate mine = own;
      if (mine == null) {
        return store.commit(store.sharedCandidate().tree(), true, order);
      }
      ConfigTree active = store.active();
      Candidate merged = mine;
      if (!active.equals(base)) {
        if (whole) {
          return ConfigurationStore.Outcome.failed(
              "error: configuration database modified by another commit: roll back and edit again");
        }
        merged = new Candidate(active);
        Diagnostics diagnostics = new Diagnostics();
        for (String line : lines) {
          merged.edit(line, diagnostics);
        }
        if (diagnostics.hasErrors()) {
          return new ConfigurationStore.Outcome(
              Findings.lines(diagnostics),
              "error: configuration database modified by another commit: roll back and edit again");
        }
      }
      ConfigurationStore.Outcome outcome = store.commit(merged.tree(), false, order);
      if (outcome.error() == null && !order.checkOnly()) {
        base = store.active();
        own = new Candidate(base);
        lines.clear();
        whole = false;
      }
      return outcome;
    }
  }
}
