package dev.culvert.daemon.configuration;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.ConfigDiff;
import dev.culvert.core.config.ConfigSelection;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Inheritance;
import dev.culvert.core.config.Words;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.show.ConfigurationShow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A configuration, or a part of it, as it is or compared with an earlier commit: {@code show} of
 * configuration mode, and {@code show configuration}. Safe to share.
 *
 * @param store knows the earlier commits
 * @param at the level that the words of the operator begin from
 */
public record ConfigurationView(ConfigurationStore store, ConfigTree tree, List<String> at) {
  /** What a comparison is with: what is in force, or an earlier commit. */
  private static final Pattern COMPARE =
      Pattern.compile("(.*?)\\s*\\|\\s*comp\\w*(?:\\s+rollback\\s+(\\d{1,2}))?\\s*");

  /** What it means, with what groups add. */
  private static final Pattern INHERITANCE =
      Pattern.compile("(.*?)\\s*\\|\\s*display\\s+inheritance\\s*");

  /**
   * Answers.
   *
   * @param rest what is typed behind the command, its {@code | compare} or {@code | display
   *     inheritance} included
   * @return null if it succeeded, otherwise one line for the operator
   */
  public @Nullable String answer(String rest, Request.Format format, AnswerStream answer) {
    Matcher inheritance = INHERITANCE.matcher(rest);
    if (inheritance.matches()) {
      ConfigTree expanded = Inheritance.expand(tree, new Diagnostics());
      return new ConfigurationView(store, expanded, at)
          .answer(inheritance.group(1), format, answer);
    }
    Matcher compare = COMPARE.matcher(rest);
    boolean isCompared = compare.matches();
    List<String> words = new ArrayList<>(at);
    words.addAll(Words.split(isCompared ? compare.group(1) : rest));
    if (!isCompared) {
      return ConfigurationShow.answer(tree, words, format, answer);
    }
    if (ConfigSelection.of(tree, words) instanceof ConfigSelection.Unknown(String reason)) {
      return reason;
    }
    String number = compare.group(2);
    return compare(words, number == null ? 0 : Integer.parseInt(number), answer);
  }

  private @Nullable String compare(List<String> words, int rollback, AnswerStream answer) {
    try {
      Optional<ConfigTree> before = store.rollback(rollback);
      if (before.isEmpty()) {
        return "error: rollback " + rollback + ": there is no such commit";
      }
      ConfigDiff.print(selected(before.get(), words), selected(tree, words))
          .lines()
          .forEach(answer::line);
      return null;
    } catch (IOException e) {
      return "error: cannot read the commits: " + FileErrors.reason(e);
    }
  }

  private static ConfigTree selected(ConfigTree tree, List<String> words) {
    return ConfigSelection.of(tree, words) instanceof ConfigSelection.Found found
        ? found.pruned()
        : ConfigurationText.empty();
  }
}
