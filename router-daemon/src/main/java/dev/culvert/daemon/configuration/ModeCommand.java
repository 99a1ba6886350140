package dev.culvert.daemon.configuration;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The first words of configuration mode, with Junos' help. */
enum ModeCommand {
  ACTIVATE("Remove the inactive tag from a statement", true),
  ANNOTATE("Annotate the statement with a comment", true),
  COMMIT("Commit current set of changes", false),
  COPY("Copy a statement", true),
  DEACTIVATE("Add the inactive tag to a statement", true),
  DELETE("Delete a data element", true),
  EDIT("Edit a sub-element", true),
  EXIT("Exit from this level", false),
  INSERT("Insert a new ordered data element", true),
  LOAD("Load configuration from ASCII file", false),
  PROTECT("Protect the statement", true),
  QUIT("Quit from this level", false),
  RENAME("Rename a statement", true),
  REPLACE("Replace character string in configuration", true),
  ROLLBACK("Roll back to previous committed configuration", false),
  RUN("Run an operational-mode command", false),
  SET("Set a parameter", true),
  SHOW("Show a parameter", true),
  STATUS("Show users currently editing configuration", false),
  TOP("Exit to top level of configuration", false),
  UNPROTECT("Unprotect the statement", true),
  UP("Exit one level of configuration", false);

  private final String help;
  private final boolean takesStatement;

  ModeCommand(String help, boolean takesStatement) {
    this.help = help;
    this.takesStatement = takesStatement;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String help() {
    return help;
  }

  /** A configuration path follows. */
  boolean takesStatement() {
    return takesStatement;
  }

  /** Those that the typed word may stand for; the one it is in full, if it is. */
  static List<ModeCommand> begunBy(String typed) {
    Optional<ModeCommand> exact =
        Stream.of(values()).filter(command -> command.word().equals(typed)).findFirst();
    return exact
        .map(List::of)
        .orElseGet(
            () -> Stream.of(values()).filter(command -> command.word().startsWith(typed)).toList());
  }
}
