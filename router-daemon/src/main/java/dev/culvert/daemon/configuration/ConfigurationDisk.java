package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.util.Optional;

/**
 * Where configurations are kept: the file that the router was started with, and beside its state
 * what was committed before. Every write is whole or not at all, also if power is lost in between.
 */
public interface ConfigurationDisk {
  /** The text of the configuration file; nothing if there is none. */
  Optional<String> file() throws IOException;

  void replaceFile(String text) throws IOException;

  /** What was written under a name; nothing if there is none. */
  Optional<String> read(String name) throws IOException;

  void write(String name, String text) throws IOException;

  /** Does nothing if there is none. */
  void delete(String name) throws IOException;
}
