package dev.culvert.lab.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A class of the labs as a program of its own, to be run inside a namespace. Small: several of them
 * share the machine with what is being tested.
 */
public final class JavaProgram {
  private JavaProgram() {}

  /** The command that runs the {@code main} of that class. */
  public static List<String> command(Class<?> main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
