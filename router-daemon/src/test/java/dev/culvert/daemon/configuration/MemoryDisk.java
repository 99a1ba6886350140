package dev.culvert.daemon.configuration;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A disk in memory that loses power on demand: what is written after that never happens. */
public final class MemoryDisk implements ConfigurationDisk {
  private final Map<String, String> files = new TreeMap<>();
  private String file;

  /** Changes that still reach it. */
  int changesLeft = Integer.MAX_VALUE;

  int changes;

  public MemoryDisk(String file) {
    this.file = file;
  }

  /** The same after power is back. */
  MemoryDisk again() {
    changesLeft = Integer.MAX_VALUE;
    return this;
  }

  private void change() throws IOException {
    changes++;
    if (changesLeft-- <= 0) {
      throw new IOException("no power");
    }
  }

  @Override
  public Optional<String> file() {
    return Optional.of(file);
  }

  @Override
  public void replaceFile(String text) throws IOException {
    change();
    file = text;
  }

  @Override
  public Optional<String> read(String name) {
    return Optional.ofNullable(files.get(name));
  }

  @Override
  public void write(String name, String text) throws IOException {
    change();
    files.put(name, text);
  }

  @Override
  public void delete(String name) throws IOException {
    change();
    files.remove(name);
  }
}
