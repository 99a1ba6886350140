package dev.culvert.lab.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folder Culvert was cloned into, with its programs and its configurations. */
public record Installation(Path home) {
  /** The launcher tells where it is; without one it is the working directory. */
  public static Installation find() {
    return new Installation(Path.of(System.getProperty("culvert.home", "")).toAbsolutePath());
  }

  public boolean isComplete() {
    return Files.isExecutable(home.resolve("bin/culvertd"))
        && Files.isReadable(configuration("branch.conf"))
        && Files.isReadable(configuration("hub.conf"));
  }

  Path configuration(String name) {
    return home.resolve("conf").resolve(name);
  }

  Path culvert() {
    return home.resolve("bin/culvert");
  }

  List<String> culvertd() {
    return List.of(home.resolve("bin/culvertd").toString());
  }
}
